import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { root } from '../support/run-program.ts';

describe('npm test', function () {
  this.timeout(60_000);
  let clone: string;

  beforeEach(async () => {
    clone = await mkdtemp(path.join(tmpdir(), 'os-runner-'));
    for (const part of ['scripts', 'package.json', 'package-lock.json'])
      await cp(path.join(root, part), path.join(clone, part), { recursive: true });
    await symlink(path.join(root, 'node_modules'), path.join(clone, 'node_modules'));
    await mkdir(path.join(clone, 'test/unit'), { recursive: true });
  });

  afterEach(async () => {
    await rm(clone, { recursive: true });
  });

  /** Runs `npm test -- ...args` in a clone whose unit tests are `tests`; returns the exit status and what it prints. */
  async function runTests(
    tests: string | undefined,
    args: readonly string[] = ['unit'],
    onOutput?: (kill: (signal: NodeJS.Signals) => void) => void,
  ): Promise<{ code: number | null; output: string; lastLine: string | undefined }> {
    if (tests !== undefined) await writeFile(path.join(clone, 'test/unit/a.test.ts'), tests);
    const child = spawn(process.execPath, ['scripts/test.mjs', ...args], {
      cwd: clone,
      env: { ...process.env, CI: 'true', OS_TEST_UNSUITABLE: undefined },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('started')) onOutput?.(signal => child.kill(signal));
    });
    const [[code], output] = await Promise.all([
      once(child, 'close') as Promise<[number | null]>,
      text(child.stdout),
    ]);
    return { code, output, lastLine: output.trimEnd().split('\n').at(-1) };
  }

  const passing = "it('passes', () => undefined);\n";

  it('ends with what passed, alone on a line, and status 0', async () => {
    const { code, lastLine } = await runTests(passing);
    assert.deepEqual([code, lastLine], [0, '1 passed, 0 failed']);
  });

  it('prints the ten slowest tests and the time of each stage', async () => {
    const tests = Array.from(
      { length: 12 },
      (_, i) => `it('number ${i.toString()}', done => { setTimeout(done, ${(10 * i).toString()}); });`,
    );
    const { output } = await runTests(`${tests.join('\n')}\n`);
    const [, slowest = '', stages = ''] =
      /\nthe ten slowest\n([^]*?)\n\nthe stages\n([^]*?)\n\n/.exec(output) ?? [];
    const titles = slowest.split('\n').map(line => line.split('unit: ')[1]);
    assert.equal(titles.length, 10);
    assert.equal(titles[0], 'number 11');
    assert.match(stages, /^✓ unit +12 passed +\d+\.\d s$/);
  });

  it('counts what failed, and before that what was skipped', async () => {
    const { code, output, lastLine } = await runTests(
      `${passing}it('fails', () => { throw new Error('no'); });\nit.skip('later', () => undefined);\n`,
    );
    assert.deepEqual([code, lastLine], [1, '1 passed, 1 failed']);
    assert.match(output, /^1 skipped$/m);
  });

  it('prints the failures once more after all else but the times, for who reads the end of a log', async () => {
    const { output } = await runTests(
      `describe('a group', () => {\n${passing}it('fails', () => { throw new Error('the reason'); });\n});\n`,
    );
    const [, failures] = /\nthe failures\n([^]*?)\n\nthe ten slowest\n/.exec(output) ?? [];
    assert.match(failures ?? '', /^✗ unit: a group fails\n {4}Error: the reason\n/);
  });

  it('fails when a stage is killed', async () => {
    const { code, lastLine, output } = await runTests(
      `${passing}it('dies', () => { process.kill(process.pid, 'SIGKILL'); });\n`,
    );
    assert.deepEqual([code, lastLine], [1, '0 passed, 1 failed']);
    assert.match(output, /^unit: ended early: SIGKILL$/m);
  });

  it('fails when a stage cannot be loaded', async () => {
    const { code, lastLine } = await runTests("import './nosuch.ts';\n");
    assert.deepEqual([code, lastLine], [1, '0 passed, 1 failed']);
  });

  it('fails when a run does not end, for something was left open', async () => {
    const { code, lastLine, output } = await runTests(
      `${passing}it('leaks', () => { setInterval(() => undefined, 1000); });\n`,
    );
    assert.deepEqual([code, lastLine], [1, '2 passed, 1 failed']);
    assert.match(output, /^unit: it does not end: a timer, socket or child was left open$/m);
  });

  it('fails when nothing ran', async () => {
    assert.deepEqual((await runTests(undefined)).lastLine, '0 passed, 1 failed');
    const filtered = await runTests(passing, ['unit', '--grep', 'nosuch']);
    assert.deepEqual([filtered.code, filtered.lastLine], [1, '0 passed, 0 failed']);
  });

  it('fails on a test left alone by .only', async () => {
    assert.equal((await runTests("it.only('alone', () => undefined);\n")).code, 1);
  });

  it('stops what it started when it is interrupted, and does not call that a success', async () => {
    const { code, output, lastLine } = await runTests(
      "it('waits', done => { console.log('started', process.pid); setTimeout(done, 60_000); }).timeout(90_000);\n",
      ['unit'],
      kill => {
        kill('SIGINT');
      },
    );
    assert.equal(code, 1);
    assert.match(lastLine ?? '', /^\d+ passed, [1-9]\d* failed$/);
    const pid = Number(/started (\d+)/.exec(output)?.[1]);
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });

  it('names its stages to who asks for one that does not exist', async () => {
    const { code, output } = await runTests(passing, ['nosuch']);
    assert.equal(code, 1);
    assert.match(output, /^no such stage: nosuch\. There are: build, types, lint, .*, e2e$/m);
  });
});

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
interface Job {
  readonly title: string;
  readonly files: readonly string[];
  readonly of: (files: readonly string[]) => object;
}
interface Result extends Counts {
  readonly failures: readonly { readonly title: string; readonly file: string }[];
  readonly files: Readonly<Record<string, Counts>>;
}
type TakeFailing = (
  job: Job,
  result: Result,
  known: number,
) => { readonly rest: Partial<Result>; readonly again: readonly object[] };

describe('a test file that failed beside others', () => {
  let takeFailing: TakeFailing;
  before(async () => {
    const module = pathToFileURL(path.join(root, 'scripts/test/second-chance.mjs')).href;
    ({ takeFailing } = (await import(module)) as { takeFailing: TakeFailing });
  });

  const job = (...files: string[]): Job => ({ title: 'all', files, of: some => ({ runs: some }) });
  const failure = { title: 'fails', file: 'b' };
  const result: Result = {
    ...{ passed: 30, failed: 1, skipped: 2, failures: [failure] },
    files: { a: { passed: 20, failed: 0, skipped: 2 }, b: { passed: 10, failed: 1, skipped: 0 } },
  };

  it('runs once more, alone, and the results of the others stay', () => {
    const { rest, again } = takeFailing(job('a', 'b'), result, 0);
    assert.deepEqual([rest.passed, rest.failed, rest.skipped], [20, 0, 2]);
    assert.deepEqual(again, [{ job: { runs: ['b'] }, failures: [failure] }]);
  });

  it('fails at once where more than three have failed, or where it is not known which did', () => {
    const untouched = { rest: result, again: [] };
    assert.deepEqual(takeFailing(job('a', 'b'), result, 3), untouched);
    const unknown = { ...result, failed: 2 };
    assert.deepEqual(takeFailing(job('a', 'b'), unknown, 0), { rest: unknown, again: [] });
  });
});
