import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import type { PushEvent } from '../../../../src/release/apply/events.ts';
import { composeLabels } from '../../../../src/release/desired/labels.ts';
import { awaitSupervised } from '../../../../src/release/supervised/await-supervised.ts';
import type { CurrentTarget } from '../../../../src/supervisor/target/target-state.ts';
import type { Supervisor } from '../../../../src/supervisor/client/supervisor.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

describe('the wait for services that a supervisor starts', () => {
  const given = { appId: 7, commit: 'abc' };
  const targetOf = (id: string, name: string, commit: string): CurrentTarget => ({
    ...{ name: 'kitchen', config: {} },
    apps: new Map([[id, { name, services: [], commit }]]),
  });
  const target = targetOf('7', 'shop', 'abc');

  it('goes on while the supervisor restarts, which then applies what it was given', async () => {
    const engine = new FakeEngine();
    engine.addImage('busybox');
    const id = await engine.createContainer('web_1_1_abc', {
      Image: 'busybox',
      Labels: {
        ...{ [composeLabels.project]: 'shop', [composeLabels.service]: 'web' },
        ...{ [composeLabels.configHash]: 'same', 'io.balena.supervised': 'true' },
      },
      HostConfig: {},
    });
    await engine.startContainer(id);
    const answers: (OsError | boolean)[] = [
      new OsError('device-unreachable', 'the supervisor refuses the connection'),
      new OsError('connection-lost', 'the supervisor breaks off'),
      true,
    ];
    const supervisor = {
      readApplyState: () => {
        const answer = answers.shift() ?? false;
        return typeof answer === 'boolean'
          ? Promise.resolve({ isApplying: answer, containers: new Map() })
          : Promise.reject(answer);
      },
      readTarget: () => Promise.resolve(target),
      async *followLogs() {
        // It prints nothing.
      },
    } as unknown as Supervisor;
    const events: PushEvent[] = [];
    const clock = new ManualClock();
    const waiting = awaitSupervised(
      engine.asEngine(),
      'shop',
      [
        {
          ...{ service: 'web', imageId: 'sha256:busybox', configHash: 'same', cause: 'new' },
          ...{ publishedPorts: [], before: new Set(), fields: [] },
        },
      ],
      {
        ...{ supervisor, lockHolderOf: () => undefined, stableId: () => 7 },
        writeApp: () => assert.fail('nothing is written'),
      },
      {
        ...{ given, report: event => events.push(event), overridesLocks: false },
        ...{ clock, signal: new AbortController().signal },
      },
    );
    await clock.passUntil(waiting);
    assert.deepEqual(answers, []);
    assert.ok(events.some(it => it.type === 'service' && it.state === 'started'));
  });

  it('goes on where a container of it is ended and removed, which the supervisor recreates', async () => {
    const engine = new FakeEngine();
    engine.addImage('busybox');
    const add = (name: string): Promise<string> =>
      engine.createContainer(name, {
        Image: 'busybox',
        Labels: {
          ...{ [composeLabels.project]: 'shop', [composeLabels.service]: 'web' },
          ...{ [composeLabels.configHash]: 'same', 'io.balena.supervised': 'true' },
        },
        HostConfig: {},
      });
    const first = await add('web_1_1_abc');
    const faked = engine.asEngine();
    const events: PushEvent[] = [];
    const clock = new ManualClock();
    const waiting = awaitSupervised(
      {
        ...{ where: 'kitchen', listContainers: faked.listContainers.bind(faked) },
        getContainer: async (id, signal) => {
          const details = await faked.getContainer(id, signal);
          return id === first
            ? { ...details, state: 'exited', exitCode: 143 }
            : { ...details, state: 'running', health: 'healthy' };
        },
        // It is removed before its output is read.
        readLogs: async function* () {
          await engine.removeContainer(first);
          await add('web_1_1_abc');
          throw new OsError('engine-conflict', 'container is dead or marked for removal');
          yield assert.fail();
        },
      },
      'shop',
      [
        {
          ...{ service: 'web', imageId: 'sha256:busybox', configHash: 'same', cause: 'new' },
          ...{ publishedPorts: [], before: new Set(), fields: [] },
        },
      ],
      {
        supervisor: {
          readApplyState: () => Promise.resolve({ isApplying: false, containers: new Map() }),
          readTarget: () => Promise.resolve(target),
          async *followLogs() {
            // It prints nothing.
          },
        } as unknown as Supervisor,
        ...{ lockHolderOf: () => undefined, stableId: () => 7 },
        writeApp: () => assert.fail('nothing is written'),
      },
      {
        ...{ given, report: event => events.push(event), overridesLocks: false },
        ...{ clock, signal: new AbortController().signal },
      },
    );
    await clock.passUntil(waiting);
    assert.ok(events.some(it => it.type === 'service' && it.state === 'healthy'));
  });

  it('ends where the supervisor is given another target or leaves local mode, also once all services were up', async () => {
    for (const isUp of [false, true])
      for (const [now, message, code = 'engine-conflict'] of [
        [
          targetOf('9', 'theirs', 'x'),
          'another program has told the supervisor to run theirs in place of shop meanwhile',
        ],
        [
          targetOf('7', 'shop', 'other'),
          'another program has given the supervisor another release of shop meanwhile',
        ],
        [
          { ...targetOf('7', 'shop', 'mine'), hasLeftLocalMode: true },
          'the device has left local mode meanwhile, and its supervisor removes shop',
          'supervisor-refused',
        ],
      ] as const) {
        const engine = new FakeEngine();
        engine.addImage('busybox');
        const clock = new ManualClock();
        const waiting = awaitSupervised(
          engine.asEngine(),
          'shop',
          isUp
            ? []
            : [
                {
                  ...{ service: 'web', imageId: 'sha256:busybox', configHash: 'same', cause: 'new' },
                  ...{ publishedPorts: [], before: new Set(), fields: [] },
                },
              ],
          {
            supervisor: {
              readApplyState: () => Promise.resolve({ isApplying: false, containers: new Map() }),
              readTarget: () => Promise.resolve(now),
              async *followLogs() {
                // It prints nothing.
              },
            } as unknown as Supervisor,
            ...{ lockHolderOf: () => undefined, stableId: () => 7 },
            writeApp: () => assert.fail('nothing is written'),
          },
          {
            ...{ given, report: () => undefined, overridesLocks: false, clock },
            signal: new AbortController().signal,
          },
        );
        await assert.rejects(clock.passUntil(waiting, 100), { code, message });
      }
  });
});
