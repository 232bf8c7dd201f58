import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { undoNow } from '../../src/host/undo/arm-undo.ts';
import type { UndoPlan } from '../../src/host/undo/undo-plan.ts';
import { armScript, confirmScript, undoScript } from '../../src/host/undo/undo-scripts.ts';
import type { HostCommands } from '../../src/host/host-commands.ts';
import { localCommands } from '../support/local-commands.ts';
import { shells } from '../support/local-shell.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

const { signal } = new AbortController();

describe('the undo of a device', () => {
  for (const shell of shells) {
    it(`puts every file back when it is run before its time, and leaves nothing behind (${shell[0] ?? ''})`, async () => {
      await using directory = await openTempDirectory();
      const scene = await openScene(directory.path, shell);
      await writeFile(scene.at('good'), 'changed');
      await writeFile(scene.at('added'), 'added');
      await scene.arm([
        { path: scene.at('good'), content: Buffer.from('as before\n'), mode: 0o600 },
        { path: scene.at('added'), content: undefined, mode: 0o600 },
      ]);
      assert.equal(await undoNow(scene.commands, 'abc', signal), 'undone');
      assert.equal(await readFile(scene.at('good'), 'utf8'), 'as before\n');
      assert.equal(await readFile(scene.at('ran'), 'utf8'), 'as before\n');
      assert.deepEqual((await readdir(directory.path)).sort(), ['bin', 'good', 'mnt', 'ran', 'run']);
      assert.deepEqual(await readdir(scene.at('mnt')), []);
      assert.deepEqual(await readdir(scene.at('run')), []);
    });

    it(`does not say that everything is as before where a file cannot be put back (${shell[0] ?? ''})`, async () => {
      await using directory = await openTempDirectory();
      const scene = await openScene(directory.path, shell);
      await writeFile(scene.at('good'), 'changed');
      await scene.arm([
        { path: scene.at('gone/file'), content: Buffer.from('as before\n'), mode: 0o600 },
        { path: scene.at('good'), content: Buffer.from('as before\n'), mode: 0o600 },
      ]);
      assert.equal(await undoNow(scene.commands, 'abc', signal), 'failed');
      assert.equal(await readFile(scene.at('good'), 'utf8'), 'as before\n');
    });

    it(`does not say that everything is as before where a file that was not there stays (${shell[0] ?? ''})`, async () => {
      await using directory = await openTempDirectory();
      const scene = await openScene(directory.path, shell);
      await writeFile(scene.at('good'), 'as before\n');
      // Not even root removes a directory as if it were a file.
      await mkdir(scene.at('added'));
      await scene.arm([{ path: scene.at('added'), content: undefined, mode: 0o600 }]);
      assert.equal(await undoNow(scene.commands, 'abc', signal), 'failed');
    });
  }

  it('is completed where it was cut off', async () => {
    await using directory = await openTempDirectory();
    const scene = await openScene(directory.path, ['sh']);
    await writeFile(scene.at('good'), 'changed');
    await scene.arm([{ path: scene.at('good'), content: Buffer.from('as before\n'), mode: 0o600 }]);
    await rename(scene.at('mnt/abc/token'), scene.at('mnt/abc/undoing'));
    await scene.commands.run(`sh ${scene.at('mnt/abc/undo.sh')}`, { signal });
    assert.equal(await readFile(scene.at('good'), 'utf8'), 'as before\n');
    assert.deepEqual(await readdir(scene.at('mnt')), []);
  });

  it('happens once, and never after it was confirmed, however often its script is started', async () => {
    for (const isConfirmed of [true, false]) {
      await using directory = await openTempDirectory();
      const scene = await openScene(directory.path, ['sh']);
      await writeFile(scene.at('good'), 'changed');
      await scene.arm([{ path: scene.at('good'), content: Buffer.from('as before\n'), mode: 0o600 }]);
      // As a shell has it that was started already.
      await copyFile(scene.at('mnt/abc/undo.sh'), scene.at('bin/undo.sh'));
      const undo = () => scene.commands.run(`sh ${scene.at('bin/undo.sh')}`, { signal });
      const isKept = async (): Promise<boolean> =>
        (await scene.commands.run(confirmScript('abc'), { signal })).status === 0;
      if (isConfirmed) assert.deepEqual([await isKept(), await isKept()], [true, true]);
      await undo();
      assert.equal(await readFile(scene.at('good'), 'utf8'), isConfirmed ? 'changed' : 'as before\n');
      await writeFile(scene.at('good'), 'changed later');
      await undo();
      assert.equal(await readFile(scene.at('good'), 'utf8'), 'changed later');
      assert.equal(await isKept(), isConfirmed);
    }
  });

  it('counts its time by no clock that is set, and is started by PID 1, outside of the session', () => {
    const script = armScript({ id: 'abc', afterS: 60, files: [], commands: [] });
    assert.match(script, /systemd-run --quiet --unit=os-undo-abc \/bin\/sh -c 'sleep 60; exec /);
    // A timer would be armed again by each daemon-reload, or follow the clock of the device.
    assert.doesNotMatch(script, /--on-|OnCalendar|OnActiveSec|setsid|nohup|\bdate\b/);
  });

  it('stays armed where the device cannot run it before its time', async () => {
    await using directory = await openTempDirectory();
    const scene = await openScene(directory.path, ['sh']);
    await scene.arm([]);
    await writeFile(scene.at('bin/systemd-run'), '#!/bin/sh\nexit 1\n');
    assert.equal(await undoNow(scene.commands, 'abc', signal), 'pending');
    assert.deepEqual((await readdir(scene.at('mnt/abc'))).sort(), ['token', 'undo.sh']);
  });
});

/** The places of a device below `directory`, and a PID 1 that runs what it is to run at once, and sleeps for ever. */
async function openScene(directory: string, shell: readonly string[]) {
  const at = (name: string): string => path.join(directory, name);
  for (const name of ['bin', 'run']) await mkdir(at(name));
  const programs = {
    'systemd-run': 'shift; case "$1" in *-now) shift; "$@" >/dev/null 2>&1 & ;; esac',
    systemctl: ':',
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(at(`bin/${name}`), `#!/bin/sh\n${text}\n`);
    await chmod(at(`bin/${name}`), 0o755);
  }
  const here = (script: string): string =>
    script
      .replaceAll('/mnt/state/os-undo', at('mnt'))
      .replaceAll('/run/', `${at('run')}/`)
      .replaceAll('/etc/NetworkManager/dispatcher.d', at('dispatcher.d'))
      .replace(`rmdir ${at('mnt')} 2>/dev/null`, ':');
  const local = localCommands(shell, { ...process.env, PATH: `${at('bin')}:${process.env['PATH'] ?? ''}` });
  const commands: HostCommands = {
    run: (command, options) => local.run(here(command), options),
  };
  const arm = async (files: UndoPlan['files']): Promise<void> => {
    const plan = { id: 'abc', afterS: 60, files, commands: [`cp ${at('good')} ${at('ran')}`] };
    const script = here(undoScript(plan));
    const size = Buffer.byteLength(undoScript(plan)).toString();
    const { status, stderr } = await commands.run(
      armScript(plan).replace(`-eq ${size} `, `-eq ${Buffer.byteLength(script).toString()} `),
      { input: script },
    );
    assert.equal(status, 0, stderr);
  };
  return { at, commands, arm };
}
