import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../../../src/core/errors.ts';
import { openLock } from '../../../src/state/lock.ts';
import { isProcessAlive, processIdentity } from '../../../src/state/process-identity.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const module = (name: string): string => new URL(`../../../src/state/${name}.ts`, import.meta.url).href;

/** Runs TypeScript in a process of its own. */
function runScript(script: string): ReturnType<typeof spawn> {
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('a lock', () => {
  it('is held by one at a time, and free when disposed', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'deep', 'lock');
    {
      await using _held = await openLock(file, { what: 'the device', waitMs: 0 });
      await assert.rejects(
        openLock(file, { what: 'the device', waitMs: 0 }),
        (error: unknown) =>
          error instanceof OsError && error.code === 'busy' && error.message.includes('the device'),
      );
    }
    assert.equal(existsSync(file), false);
    await using _again = await openLock(file, { what: 'the device', waitMs: 0 });
  });

  it('is taken over from a holder that was killed', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'lock');
    const holder = runScript(
      `const { openLock } = await import(${JSON.stringify(module('lock'))});
       await openLock(${JSON.stringify(file)}, { what: 'it', waitMs: 0 });
       console.log('held'); setInterval(() => {}, 1000);`,
    );
    assert.ok(holder.stdout);
    await once(holder.stdout, 'data');
    await assert.rejects(openLock(file, { what: 'it', waitMs: 0 }), OsError);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await using _mine = await openLock(file, { what: 'it', waitMs: 0 });
  });

  it('is not mistaken for one of a later process with the same number, also after a reboot', () => {
    const me = processIdentity(process.pid);
    assert.equal(isProcessAlive(me), true);
    if (me.startTicks !== null) assert.equal(isProcessAlive({ ...me, startTicks: '1' }), false);
    assert.equal(isProcessAlive({ ...me, boot: 'the boot before' }), false);
    for (const nonsense of [null, 1, {}, { pid: -1, startTicks: null }, { pid: 'x', startTicks: null }])
      assert.equal(isProcessAlive(nonsense), false);
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
