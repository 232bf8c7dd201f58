import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { OsError } from '../../src/core/errors.ts';
import { openKnownDevices } from '../../src/device/known-devices.ts';
import { openLock } from '../../src/state/lock.ts';
import { needsMachine } from '../support/machine.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

const module = (name: string): string => new URL(`../../src/state/${name}.ts`, import.meta.url).href;

/** Runs TypeScript in a process of its own, as the last words of the command `within`. */
function runScript(script: string, within: readonly string[] = []): ReturnType<typeof spawn> {
  const words = [...within, process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
  const [command = '', ...args] = words;
  return spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Holds the lock `file` until it is killed, and prints a line once it has it. */
const holding = (file: string): string =>
  `const { openLock } = await import(${JSON.stringify(module('lock'))});
   await openLock(${JSON.stringify(file)}, { what: 'it', waitMs: 0 });
   console.log('held'); setInterval(() => {}, 1000);`;

describe('a lock that several processes want', () => {
  it('is taken over from a holder that was killed', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'lock');
    const holder = runScript(holding(file));
    assert.ok(holder.stdout);
    await once(holder.stdout, 'data');
    await assert.rejects(openLock(file, { what: 'it', waitMs: 0 }), OsError);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await using _mine = await openLock(file, { what: 'it', waitMs: 0 });
  });

  it('is not taken from a live holder in another container, and says what to do once that is gone', async function () {
    needsMachine(this);
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'lock');
    const container = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const holder = runScript(holding(file), container);
    assert.ok(holder.stdout);
    await once(holder.stdout, 'data');
    try {
      const claim = await readFile(file, 'utf8');
      await assert.rejects(openLock(file, { what: 'it', waitMs: 0 }), {
        code: 'busy',
        message: 'another os command is working on it',
        hint: `wait for it to end, then try again; it runs in another container or outside of this one: only if that is gone, remove ${file}`,
      });
      assert.equal(await readFile(file, 'utf8'), claim);
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    await rm(file);
    await using _mine = await openLock(file, { what: 'it', waitMs: 0 });
  });

  it('lets many processes count without losing one', async () => {
    await using directory = await openTempDirectory();
    const counter = path.join(directory.path, 'counter');
    await writeFile(counter, '0');
    const count = `
      const { openLock } = await import(${JSON.stringify(module('lock'))});
      const { readFile, writeFile } = await import('node:fs/promises');
      for (let i = 0; i < 25; i++) {
        await using held = await openLock(${JSON.stringify(path.join(directory.path, 'lock'))}, { what: 'it', waitMs: 60000 });
        await writeFile(${JSON.stringify(counter)}, String(Number(await readFile(${JSON.stringify(counter)}, 'utf8')) + 1));
      }`;
    await using scriptDirectory = await openTempDirectory();
    const script = path.join(scriptDirectory.path, 'count.mts');
    await writeFile(script, `${count}\nexport {};\n`);
    const workers = [1, 2, 3].map(() => runScript(`await import(${JSON.stringify(script)})`));
    await Promise.all(workers.map(worker => once(worker, 'exit')));
    assert.equal(await readFile(counter, 'utf8'), '75');
  });
});

describe('remembered devices', () => {
  it('are all there after two processes have written at once', async () => {
    await using directory = await openTempDirectory();
    const module = new URL('../../src/device/known-devices.ts', import.meta.url).href;
    const write = (from: number): Promise<unknown> =>
      promisify(execFile)(process.execPath, [
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        `const { openKnownDevices } = await import(${JSON.stringify(module)});
         const known = openKnownDevices(${JSON.stringify(directory.path)});
         for (let i = 0; i < 40; i++) await known.remember({ uuid: String((i + ${from.toString()}) % 60), host: 'h.local', addresses: ['a'.repeat(2000)], identity: null, lastSeen: 'now' });`,
      ]);
    await Promise.all([write(0), write(20)]);
    const listed = await openKnownDevices(directory.path).list();
    assert.deepEqual(
      new Set(listed.map(one => one.uuid)),
      new Set(Array.from({ length: 60 }, (_, i) => i.toString())),
    );
    assert.equal((await readdir(directory.path)).length, 60);
  });
});
