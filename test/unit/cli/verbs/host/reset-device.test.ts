import assert from 'node:assert/strict';
import { resetDevice } from '../../../../../src/cli/verbs/host/reset-device.ts';
import type { HostDevice } from '../../../../../src/cli/verbs/host/open-host-device.ts';
import type { HostCommands } from '../../../../../src/host/host-commands.ts';
import type { ResetPart } from '../../../../../src/host/power/reset.ts';
import { fakeOutput } from '../../../../support/fake-output.ts';
import { memoryHostFiles, type MemoryHostFiles } from '../../../../support/memory-host-files.ts';

const flag = '/mnt/state/remove_me_to_reset';

/** Files of a device with this config.json, and a flag file that no reset has removed. */
const filesWith = (config: object): MemoryHostFiles =>
  memoryHostFiles({ '/mnt/boot/config.json': JSON.stringify(config), [flag]: '' });

const commandsOf = (readBoot: () => string, onReboot: () => void): HostCommands => ({
  run: command => {
    if (command.includes('systemctl reboot')) onReboot();
    const stdout = command.includes('boot_id') ? `${readBoot()}\n` : '';
    return Promise.resolve({ status: 0, bytes: Buffer.from(stdout), stdout, stderr: '' });
  },
});

/** Resets a device with `before` as its config.json; what answers at its address afterwards has `after`. */
async function reset(before: object, after: object, parts: readonly ResetPart[] = ['state']) {
  const seen = { files: filesWith(before), reboots: 0, trusted: 0, open: 0, output: fakeOutput('plain') };
  const commands = commandsOf(
    () => `boot-${seen.reboots.toString()}`,
    () => {
      seen.reboots += 1;
    },
  );
  const device: HostDevice = {
    ...{ kind: 'device', name: 'kitchen', address: '10.0.0.7', host: null, commands, files: seen.files },
    reopen: () => assert.fail('a device with a new key cannot be reopened with its former one'),
    reopenUnproven: () => {
      seen.open += 1;
      return Promise.resolve({
        ...{ commands, files: seen.reboots === 0 ? seen.files : filesWith(after) },
        trustKey: () => {
          seen.trusted += 1;
          return Promise.resolve();
        },
        [Symbol.asyncDispose]: () => {
          seen.open -= 1;
          return Promise.resolve();
        },
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const clock = { nowMs: () => 0, sleep: () => Promise.resolve() };
  const ended = await resetDevice(
    { parts, isForced: false, waitMs: 60_000 },
    { device, clock, output: seen.output, signal: new AbortController().signal },
  ).catch((error: unknown) => error);
  return { ...seen, ended };
}

describe('a reset of the state that is waited for', () => {
  it('trusts the new host key of the device once that has proved itself by its UUID', async () => {
    const { trusted, open, ended, output } = await reset({ uuid: 'abc' }, { uuid: 'abc' });
    assert.deepEqual([trusted, open], [1, 0]);
    assert.ok(!(ended instanceof Error), String(ended));
    assert.match(output.stderr, /kitchen has proved itself by its UUID/);
  });

  it('stores no host key of another device that answers at the address, whatever its config.json', async () => {
    for (const after of [{ uuid: 'other' }, {}, { uuid: null }]) {
      const { trusted, open, ended, output } = await reset({ uuid: 'abc' }, after);
      assert.deepEqual([trusted, open, (ended as { code?: string }).code], [0, 0, 'host-key-changed']);
      assert.equal(output.stderr, '');
    }
  });

  it('is refused before anything is done on a device without a UUID, which could not prove itself', async () => {
    for (const config of [{}, { uuid: null }, { uuid: '' }, { uuid: 5 }]) {
      const { trusted, reboots, ended, files } = await reset(config, config);
      assert.deepEqual([trusted, reboots, (ended as { code?: string }).code], [0, 0, 'host-refused']);
      assert.match(String(ended), /kitchen has no uuid/);
      assert.ok(flag in files.texts());
    }
  });
});
