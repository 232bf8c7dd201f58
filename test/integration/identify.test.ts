import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { HostCommands } from '../../src/host/host-commands.ts';
import { blinkLed } from '../../src/host/power/identify.ts';
import { localCommands } from '../support/local-commands.ts';
import { shells } from '../support/local-shell.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

const { signal } = new AbortController();

/** A board below `directory` whose LED shows the activity of its card. */
async function openBoard(directory: string) {
  const led = path.join(directory, 'leds/ACT');
  await makeTree(directory, {
    'leds/ACT/trigger': 'none [mmc0] timer\n',
    'leds/ACT/brightness': '1\n',
    'leds/ACT/max_brightness': '255\n',
    'leds/eth0:link/brightness': '0\n',
  });
  await mkdir(path.join(directory, 'run'));
  const here = (script: string): string =>
    script
      .replaceAll('/sys/class/leds', path.join(directory, 'leds'))
      .replaceAll('/run/', `${directory}/run/`);
  return {
    here,
    write: (name: string, text: string) => writeFile(path.join(led, name), text),
    /** The trigger and the brightness that it is left with, and what is left in /run. */
    left: async () => [
      (await readFile(path.join(led, 'trigger'), 'utf8')).trim(),
      (await readFile(path.join(led, 'brightness'), 'utf8')).trim(),
      ...(await readdir(path.join(directory, 'run'))),
    ],
  };
}

describe('an LED that blinks', () => {
  for (const shell of shells) {
    const on = (here: (script: string) => string): HostCommands => ({
      run: (command, options) => localCommands(shell).run(here(command), options),
    });

    it(`is left as it was, also where another run had taken it (${shell[0] ?? ''})`, async () => {
      await using directory = await openTempDirectory();
      const { here, write, left } = await openBoard(directory.path);
      assert.equal(await blinkLed(on(here), 0.5, signal), 'ACT');
      assert.deepEqual(await left(), ['mmc0', '1']);
      // A first run that is in the middle of it.
      await write('trigger', '[none] mmc0 timer\n');
      await write('brightness', '255\n');
      await writeFile(path.join(directory.path, 'run/os-identify-ACT'), 'mmc0 1\n');
      await blinkLed(on(here), 0.5, signal);
      assert.deepEqual(await left(), ['mmc0', '1']);
    });

    it(`is left as it was once nobody listens, long before its time is over (${shell[0] ?? ''})`, async () => {
      await using directory = await openTempDirectory();
      const { here, left } = await openBoard(directory.path);
      let script = '';
      const told: HostCommands = {
        run: command => {
          script = here(command);
          return Promise.resolve({ status: 0, bytes: Buffer.alloc(0), stdout: 'ACT\n', stderr: '' });
        },
      };
      await blinkLed(told, 3600, signal);
      const [program = '', ...args] = shell;
      const child = spawn(program, [...args, '-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
      const ended = once(child, 'exit');
      await once(child.stdout, 'data');
      child.stdout.destroy();
      await ended;
      assert.deepEqual(await left(), ['mmc0', '1']);
    });
  }

  it('is refused where the board has none, or only those of its network ports', async () => {
    await using directory = await openTempDirectory();
    await makeTree(directory.path, {
      'leds/eth0:link/brightness': '0\n',
      'leds/eth0:link/trigger': '[none]\n',
    });
    const commands: HostCommands = {
      run: command =>
        localCommands(['sh']).run(command.replace('/sys/class/leds', path.join(directory.path, 'leds'))),
    };
    await assert.rejects(blinkLed(commands, 1, signal), { code: 'host-refused' });
  });
});
