import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkFat, readByMtools } from '../support/image/fat-oracle.ts';
import { makeImage, type MadeImage } from '../support/image/make-image.ts';
import { needsMachine } from '../support/machine.ts';
import { root, runOs } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

const commands = [
  ['config', 'set', 'hostname', 'kitchen', '--on'],
  ['image', 'configure', '--set', 'hostname=kitchen', '--ethernet', '192.168.7.2/24'],
] as const;

/**
 * What fsck.vfat says about a volume whose change was cut off: clusters that no file has, copies of the FAT that differ, or a long name
 * whose entry was not written yet, which whoever reads the volume skips.
 */
const harmless =
  /^(FATs differ but appear to be intact|Using first FAT\.|Orphaned long file name part|Auto-deleting\.|Reclaimed \d+ unused clusters?|Free cluster summary wrong|.*Auto-correcting|There are differences between boot sector|.*Leaving filesystem unchanged|Dirty bit)/;

describe('an os process that is killed while it changes an image', function () {
  this.timeout(180_000);
  let directory: Awaited<ReturnType<typeof openTempDirectory>>;
  let image: MadeImage;
  let pristine: string;

  before(async function () {
    needsMachine(this);
    directory = await openTempDirectory();
    image = await makeImage(directory.path, { bootMiB: 8, fat: ['-F', '16', '-s', '1'], dataMiB: 4 });
    pristine = path.join(directory.path, 'pristine');
    await copyFile(image.path, pristine);
  });
  after(() => directory[Symbol.asyncDispose]());

  // One thread for files, so that the count of writes is the process's.
  const env = { ...process.env, XDG_STATE_HOME: '', UV_THREADPOOL_SIZE: '1', NO_COLOR: '1' };
  const run = async (
    prefix: readonly string[],
    command: readonly string[],
    killAfterMs?: number,
  ): Promise<number> => {
    await copyFile(pristine, image.path);
    const [program = '', ...args] = [...prefix, process.execPath, path.join(root, 'bin/run.js'), ...command];
    const startedAt = performance.now();
    const child = spawn(program, [...args, image.path], {
      env: { ...env, XDG_STATE_HOME: directory.path },
      stdio: 'ignore',
    });
    const ended = once(child, 'close');
    if (killAfterMs !== undefined) {
      await sleep(killAfterMs);
      child.kill('SIGKILL');
    }
    await ended;
    return performance.now() - startedAt;
  };
  const oldConfig = async (): Promise<string> =>
    (
      await readByMtools({ ...image, mtools: image.mtools.replace(image.path, pristine) }, 'config.json')
    ).toString();

  /** Fails unless config.json is old or new, the volume whole, and the same command does its work on it. */
  async function checkUsable(command: readonly string[]): Promise<'old' | 'new'> {
    const config = (await readByMtools(image, 'config.json')).toString();
    const hostname = (JSON.parse(config) as { hostname?: string }).hostname;
    if (hostname === undefined) assert.equal(config, await oldConfig());
    else assert.equal(hostname, 'kitchen');
    const remarks = (await checkFat(directory.path, image)).split('\n').map(line => line.trim());
    assert.deepEqual(
      remarks.filter(line => line !== '' && !harmless.test(line)),
      [],
    );
    const again = await runOs([...command, image.path, '--json'], {
      env: { XDG_STATE_HOME: directory.path },
    });
    assert.equal(again.code, 0, again.stdout);
    assert.match((await readByMtools(image, 'config.json')).toString(), /"hostname": ?"kitchen"/);
    assert.deepEqual(
      (await readdir(directory.path)).filter(name => name.includes('os-lock')),
      [],
    );
    return hostname === undefined ? 'old' : 'new';
  }

  const isWrite = (line: string): boolean => line.includes('os.img');

  for (const command of commands) {
    const name = `os ${command.slice(0, 2).join(' ')}`;
    const log = (): string => path.join(directory.path, 'writes');
    const traced = (...more: readonly string[]): readonly string[] => [
      ...['strace', '-f', '-qq', '-o', log(), '-y', '-e', 'trace=pwrite64', ...more],
    ];

    it(`leaves the old or the new config.json at each of its writes, and a usable volume: ${name}`, async () => {
      await run(traced(), command);
      const writes = (await readFile(log(), 'utf8')).split('\n').filter(isWrite).length;
      assert.ok(writes >= 5, writes.toString());
      const seen = new Set<string>();
      for (let index = 1; index <= writes; index += 1) {
        await run(traced('-e', `inject=pwrite64:signal=SIGKILL:when=${index.toString()}`), command);
        assert.equal(
          (await readFile(log(), 'utf8')).split('\n').filter(isWrite).length,
          index,
          'it is killed there',
        );
        seen.add(await checkUsable(command));
      }
      assert.deepEqual(seen, new Set(['old', 'new']));
    });

    it(`leaves the old or the new config.json at random moments, and a usable volume: ${name}`, async () => {
      const wholeMs = await run([], command);
      for (let time = 0; time < 6; time += 1) {
        await run([], command, wholeMs * (0.5 + Math.random() / 2));
        await checkUsable(command);
      }
    });
  }
});
