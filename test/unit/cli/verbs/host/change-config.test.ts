import assert from 'node:assert/strict';
import { changeDeviceConfig } from '../../../../../src/cli/verbs/host/change-config.ts';
import type { HostDevice } from '../../../../../src/cli/verbs/host/open-host-device.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';
import { configPath } from '../../../../../src/host/config/config-file.ts';
import type { HostCommands } from '../../../../../src/host/host-commands.ts';
import type { HostFiles } from '../../../../../src/host/host-files.ts';
import { changedMeanwhile } from '../../../../../src/host/host-files.ts';
import { memoryHostFiles } from '../../../../support/memory-host-files.ts';

const before = '{"uuid":"63ec46c0","hostname":"kitchen"}\n';

/** Sets the name of a device whose writes of config.json end as `write` does; returns what its undo was told. */
async function setHostname(write: HostFiles['writeAtomically'], failure: RegExp): Promise<readonly string[]> {
  const steps: string[] = [];
  const done = { status: 0, bytes: Buffer.alloc(0), stdout: '', stderr: '' };
  const patterns = {
    arm: /cat >"\$u\/undo\.sh"/,
    confirm: /"\$u\/confirmed"/,
    undo: /--unit=os-undo-\w+-now/,
  };
  const commands: HostCommands = {
    run(command) {
      if (command.startsWith('echo $(systemctl show -p MainPID')) return Promise.resolve(done);
      const step = Object.entries(patterns).find(([, pattern]) => pattern.test(command))?.[0];
      assert.ok(step, `unscripted: ${command}`);
      steps.push(step);
      return Promise.resolve(done);
    },
  };
  const device: HostDevice = {
    kind: 'device',
    files: { ...memoryHostFiles({ [configPath]: before }), writeAtomically: write },
    commands,
    address: '10.0.0.5',
    host: null,
    name: '10.0.0.5',
    reopen: () => Promise.reject(new Error('nobody reopens it')),
    reopenUnproven: () => Promise.reject(new Error('nobody reopens it without its key')),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  await assert.rejects(
    changeDeviceConfig(
      { change: { kind: 'set', path: ['hostname'], value: 'pantry' }, undoAfterS: 60 },
      { device, clock: new ManualClock(), report: () => undefined, signal: new AbortController().signal },
    ),
    failure,
  );
  return steps;
}

describe('a change of config.json that affects how a device is reached', () => {
  it('is undone at once where the file does not hold what was written: the undo has the good one', async () => {
    assert.deepEqual(await setHostname(() => Promise.resolve(), /does not hold what was written/), [
      'arm',
      'undo',
    ]);
  });

  it('is disarmed where somebody else changed the file first: their change stays', async () => {
    const steps = await setHostname(
      () => Promise.reject(changedMeanwhile(configPath)),
      /changed by somebody else/,
    );
    assert.ok(!steps.includes('undo'));
    assert.equal(steps.at(-1), 'confirm');
  });
});
