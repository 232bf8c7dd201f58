import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import type { HostAccess } from '../../../../src/host/host-access.ts';
import type { HostCommands } from '../../../../src/host/host-commands.ts';
import {
  guardChange,
  type GuardDependencies,
  type GuardEvent,
} from '../../../../src/host/undo/guard-change.ts';
import type { UndoPlan } from '../../../../src/host/undo/undo-plan.ts';
import { armScript, confirmScript, undoNowScript } from '../../../../src/host/undo/undo-scripts.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { memoryHostFiles } from '../../../support/memory-host-files.ts';

const plan: UndoPlan = { id: 'abc', afterS: 30, files: [], commands: [] };

/** A device that answers to arming, confirming and undoing alone; another command fails the test. */
function scriptedDevice(
  options: {
    armStatus?: number;
    stderr?: string;
    confirmStatus?: () => number;
    undo?: () => number | Promise<never>;
  } = {},
) {
  const steps: string[] = [];
  const answer = (status: number, stderr = '') => ({ status, bytes: Buffer.alloc(0), stdout: '', stderr });
  const commands: HostCommands = {
    async run(command) {
      if (command === armScript(plan)) {
        steps.push('arm');
        return answer(options.armStatus ?? 0, options.stderr);
      }
      if (command === undoNowScript('abc')) {
        steps.push('undo');
        return answer((await options.undo?.()) ?? 0);
      }
      assert.equal(command, confirmScript('abc'));
      steps.push('confirm');
      return answer(options.confirmStatus?.() ?? 0);
    },
  };
  const access: HostAccess = {
    files: memoryHostFiles(),
    commands,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { steps, commands, access };
}

function start(
  device: ReturnType<typeof scriptedDevice>,
  reopen: GuardDependencies['reopen'],
  apply: () => Promise<void> = () => Promise.resolve(void device.steps.push('change')),
  isWritten: () => boolean = () => false,
) {
  const clock = new ManualClock();
  const events: GuardEvent[] = [];
  const result = guardChange(
    { plan, places: ['new.local', '10.0.0.5'], apply, isWritten, isApplied: () => Promise.resolve(true) },
    {
      clock,
      commands: device.commands,
      reopen,
      report: event => events.push(event),
      signal: new AbortController().signal,
    },
  );
  result.catch(() => undefined);
  return { clock, events, result };
}

const unreachable = (): Promise<HostAccess> =>
  Promise.reject(new OsError('device-unreachable', 'nothing answers'));

describe('a change that could make a device unreachable', () => {
  it('is armed before it is made, and confirmed over a new connection', async () => {
    const device = scriptedDevice();
    const { result, events } = start(device, place =>
      place === '10.0.0.5' ? Promise.resolve(device.access) : unreachable(),
    );
    assert.equal(await result, '10.0.0.5');
    assert.deepEqual(device.steps, ['arm', 'change', 'confirm']);
    assert.deepEqual(events, [{ type: 'armed', afterS: 30 }]);
  });

  it('is waited for while the device is away, which is expected', async () => {
    const device = scriptedDevice();
    let tries = 0;
    const { clock, result } = start(
      device,
      () => (++tries > 6 ? Promise.resolve(device.access) : unreachable()),
      () => Promise.reject(new OsError('connection-lost', 'the connection is lost')),
    );
    await clock.advance(2000);
    assert.equal(await result, 'new.local');
  });

  it('is left to the undo of the device, and reported as lost, where the device is not reached in time', async () => {
    const device = scriptedDevice();
    const { clock, result, events } = start(device, unreachable);
    await clock.advance(40_000);
    await assert.rejects(
      result,
      (error: unknown) =>
        error instanceof OsError && error.exitCode === 10 && error.message.includes('undone it by itself'),
    );
    assert.deepEqual(device.steps, ['arm', 'change']);
    assert.equal(events.at(-1)?.type, 'unreachable');
  });

  it('is not made where the device cannot promise to undo it', async () => {
    const device = scriptedDevice({ armStatus: 1, stderr: 'mkdir: Read-only file system\n' });
    const { result } = start(device, unreachable);
    await assert.rejects(
      result,
      (error: unknown) =>
        error instanceof OsError && error.exitCode === 4 && error.message.includes('Read-only'),
    );
    assert.deepEqual(device.steps, ['arm']);
  });

  it('that fails by itself is disarmed, and its own failure is reported', async () => {
    const device = scriptedDevice();
    const failure = new OsError('no-space', 'full');
    const { result } = start(device, unreachable, () => Promise.reject(failure));
    await assert.rejects(result, failure);
    assert.deepEqual(device.steps, ['arm', 'confirm']);
  });

  it('that fails after a part of it was written is undone at once, and its own failure is reported', async () => {
    const device = scriptedDevice();
    const failure = new OsError('no-space', 'full');
    const { result, events } = start(
      device,
      unreachable,
      () => Promise.reject(failure),
      () => true,
    );
    await assert.rejects(result, failure);
    assert.deepEqual(device.steps, ['arm', 'undo']);
    assert.deepEqual(events.at(-1), { type: 'undone' });
  });

  it('that fails half-way stays armed where the undo cannot be run at once, and says when it comes', async () => {
    const failure = new OsError('no-space', 'full');
    const lost = (): Promise<never> =>
      Promise.reject(new OsError('connection-lost', 'the connection is lost'));
    for (const undo of [lost, () => 1]) {
      const device = scriptedDevice({ undo });
      const { result, events } = start(
        device,
        unreachable,
        () => Promise.reject(failure),
        () => true,
      );
      await assert.rejects(result, failure);
      assert.deepEqual(device.steps, ['arm', 'undo']);
      assert.deepEqual(events.at(-1), { type: 'pending', undoneInS: 30 });
    }
  });

  it('that fails half-way and cannot be put back as it was is not said to be undone', async () => {
    const device = scriptedDevice({ undo: () => 4 });
    const { result, events } = start(
      device,
      unreachable,
      () => Promise.reject(new OsError('no-space', 'full')),
      () => true,
    );
    await assert.rejects(result, /full/);
    assert.deepEqual(events.at(-1), { type: 'failed' });
  });

  it('is not kept by a device that has undone it already', async () => {
    const device = scriptedDevice({ confirmStatus: () => 3 });
    const { clock, result } = start(device, () => Promise.resolve(device.access));
    await clock.advance(40_000);
    await assert.rejects(result, /undone it by itself/);
  });
});
