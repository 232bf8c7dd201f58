import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KeptCode } from '../../../../src/cli/load/kept-code.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

const owner = process.getuid?.();
const options = { owner, mostFiles: 10 };
const source = (value: number): string => `(function () {\nreturn ${value.toString()} + 1;\n})`;
const run = (kept: KeptCode, name: string, value: number): unknown =>
  (kept.compile(name, source(value), `/dist/${name}`).runInThisContext() as () => unknown)();

describe('compiled code', () => {
  let temp: Awaited<ReturnType<typeof openTempDirectory>>;
  const file = (): string => path.join(temp.path, 'cache', 'code', 'push.code');
  beforeEach(async () => {
    temp = await openTempDirectory();
  });
  afterEach(() => temp[Symbol.asyncDispose]());

  it('is kept for the next start, readable by its user alone, and written once', async () => {
    const first = new KeptCode(file(), options);
    assert.deepEqual([run(first, 'a.cjs', 1), run(first, 'b.cjs', 2)], [2, 3]);
    assert.equal(first.isComplete, false);
    first.save();
    const { ino, mode } = await stat(file());
    assert.equal(mode & 0o777, 0o600);
    assert.equal((await stat(path.dirname(file()))).mode & 0o777, 0o700);
    const second = new KeptCode(file(), options);
    assert.deepEqual([run(second, 'a.cjs', 1), run(second, 'b.cjs', 2)], [2, 3]);
    assert.equal(second.isComplete, true);
    second.save();
    assert.equal((await stat(file())).ino, ino);
    assert.deepEqual(await readdir(path.dirname(file())), ['push.code']);
  });

  it('of a file that this start does not load stays', () => {
    const first = new KeptCode(file(), options);
    run(first, 'a.cjs', 1);
    first.save();
    const second = new KeptCode(file(), options);
    run(second, 'b.cjs', 2);
    second.save();
    const third = new KeptCode(file(), options);
    assert.deepEqual([run(third, 'a.cjs', 1), run(third, 'b.cjs', 2)], [2, 3]);
    assert.equal(third.isComplete, true);
  });

  it('of another source is not run', () => {
    const first = new KeptCode(file(), options);
    run(first, 'a.cjs', 1);
    first.save();
    const second = new KeptCode(file(), options);
    assert.equal(run(second, 'a.cjs', 12), 13);
    assert.equal(second.isComplete, false);
  });

  it('that is damaged at any place is not run: V8 would end the process', async () => {
    const first = new KeptCode(file(), options);
    run(first, 'a.cjs', 1);
    first.save();
    const whole = await readFile(file());
    const damaged = [...Array(whole.length).keys()]
      .filter(at => at % 13 === 0)
      .map(at => Buffer.from(whole.map((byte, index) => (index === at ? byte ^ 0x55 : byte))));
    for (const content of [...damaged, whole.subarray(0, 20), whole.subarray(0, -1), Buffer.alloc(0)]) {
      await writeFile(file(), content);
      const kept = new KeptCode(file(), options);
      assert.equal(run(kept, 'a.cjs', 1), 2);
      assert.equal(kept.isComplete, false);
    }
  });

  it('that another user wrote is not run, and nothing is written in the directory of another user', async () => {
    if (owner === undefined) return;
    const first = new KeptCode(file(), options);
    run(first, 'a.cjs', 1);
    first.save();
    const before = await readFile(file());
    const other = new KeptCode(file(), { ...options, owner: owner + 1 });
    assert.equal(run(other, 'a.cjs', 1), 2);
    assert.equal(other.isComplete, false);
    other.save();
    assert.deepEqual(await readFile(file()), before);
    assert.deepEqual(await readdir(path.dirname(file())), ['push.code']);
  });

  it('that cannot be read or written changes nothing', async () => {
    await writeFile(path.join(temp.path, 'cache'), 'a file where a directory would be');
    const kept = new KeptCode(file(), options);
    assert.equal(run(kept, 'a.cjs', 1), 2);
    kept.save();
    assert.deepEqual(await readdir(temp.path), ['cache']);
  });

  it('is in no more files than are to be kept: the oldest are removed, and nothing else, and none of another user', async () => {
    const directory = path.dirname(file());
    const names = ['a.code', 'b.code', 'c.code', 'd.code.0a1b2c.new', 'other.txt'];
    await mkdir(directory, { recursive: true });
    for (const [index, name] of names.entries()) {
      await writeFile(path.join(directory, name), '');
      await utimes(path.join(directory, name), 1000 + index, 1000 + index);
    }
    const save = (who: number | undefined): void => {
      const kept = new KeptCode(file(), { owner: who, mostFiles: 3 });
      run(kept, 'a.cjs', 1);
      kept.save();
    };
    if (owner !== undefined) save(owner + 1);
    assert.deepEqual((await readdir(directory)).sort(), names);
    save(owner);
    assert.deepEqual((await readdir(directory)).sort(), [
      'c.code',
      'd.code.0a1b2c.new',
      'other.txt',
      'push.code',
    ]);
  });
});
