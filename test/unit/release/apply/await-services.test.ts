import assert from 'node:assert/strict';
import type { Clock } from '../../../../src/core/clock.ts';
import type { ContainerDetails, ContainerSummary } from '../../../../src/engine/objects.ts';
import type { PushEvent } from '../../../../src/release/apply/events.ts';
import { applyPlan, type ApplyEngine } from '../../../../src/release/apply/apply-plan.ts';
import { awaitCondition, type WaitingEngine } from '../../../../src/release/apply/await-condition.ts';
import { awaitServices } from '../../../../src/release/apply/await-services.ts';
import { composeLabels } from '../../../../src/release/desired/labels.ts';

const { signal } = new AbortController();

/** An engine on which the service `b` has ended with status 3. */
const engine: WaitingEngine & { where: string } = {
  where: 'device',
  listContainers: () =>
    Promise.resolve([
      {
        id: 'b',
        name: 'p-b-1',
        labels: { [composeLabels.project]: 'p', [composeLabels.service]: 'b', 'os.made': '1' },
      },
    ] as unknown as ContainerSummary[]),
  getContainer: () =>
    Promise.resolve({
      id: 'b',
      state: 'exited',
      exitCode: 3,
      error: '',
      restartCount: 0,
      health: null,
    } as ContainerDetails),
  // eslint-disable-next-line @typescript-eslint/require-await -- the same shape as the engine's
  async *readLogs() {
    yield { stream: 'stdout', data: Buffer.from('no luck\n') };
  },
};

describe('an optional dependency that fails', () => {
  const warning = { type: 'warning', message: 'b has ended with status 3\n  no luck' };

  it('is a warning, and a failure of the push where it is not optional', async () => {
    const events: PushEvent[] = [];
    const report = (event: PushEvent): number => events.push(event);
    await assert.rejects(awaitServices(engine, 'p', ['b'], { report, signal }), { code: 'service-failed' });
    await awaitServices(engine, 'p', ['b'], { report, signal, optional: new Set(['b']) });
    assert.deepEqual(events, [warning]);
  });

  it('does not keep the service that waits for it from starting', async () => {
    const waiting = (optionalDependencies: string[]): Promise<PushEvent[]> => {
      const events: PushEvent[] = [];
      const plan = {
        ...{ project: 'p', images: [], resources: [], orphans: [], notes: [] },
        services: [
          {
            ...{ project: 'p', service: 'a', containerName: 'p-a-1', cause: '', steps: [], undo: [] },
            after: [{ service: 'b', condition: 'service_completed_successfully' as const }],
            publishedPorts: [],
            optionalDependencies,
          },
        ],
      };
      const applied = applyPlan(plan, {
        engine: engine as unknown as ApplyEngine,
        report: event => events.push(event),
        signal,
      });
      return applied.then(() => events);
    };
    await assert.rejects(waiting([]), { code: 'service-failed' });
    const states = (await waiting(['b'])).map(it => (it.type === 'service' ? it.state : it.type));
    assert.deepEqual(states, ['warning', 'starting', 'started']);
  });
});

describe('a service that others wait for and that restarts', () => {
  /** Waits for `b`, which is in each of these states after another, with a restart more in each. */
  async function wait(
    condition: 'service_healthy' | 'service_completed_successfully',
    states: readonly Partial<ContainerDetails>[],
  ): Promise<{ events: PushEvent[]; looks: number; failure: string }> {
    const events: PushEvent[] = [];
    let looks = 0;
    const getContainer = async (): Promise<ContainerDetails> => {
      const plain = await engine.getContainer('b', signal);
      const state = states[Math.min(looks, states.length - 1)];
      looks += 1;
      return { ...plain, restartCount: 6 + looks, ...state };
    };
    const clock = { nowMs: () => 0, sleep: () => Promise.resolve() } as unknown as Clock;
    const dependency = { service: 'b', condition };
    const failure = await awaitCondition({ ...engine, getContainer }, 'p', dependency, {
      report: event => events.push(event),
      signal,
      clock,
    }).then(
      () => '',
      (error: unknown) => String(error),
    );
    return { events, looks, failure };
  }
  const told = { type: 'warning', message: 'b keeps crashing, with status 3\n  no luck' };

  it('has completed once it has ended with status 0, whatever its policy', async () => {
    const states = [
      { state: 'running' },
      { state: 'restarting', exitCode: 1 },
      { state: 'restarting', exitCode: 0 },
    ];
    const { events, looks } = await wait('service_completed_successfully', states as ContainerDetails[]);
    assert.deepEqual(events, [{ type: 'service', service: 'b', state: 'completed', cause: '' }]);
    assert.equal(looks, 3);
  });

  it('is warned of, and ends the wait after ten restarts', async () => {
    for (const condition of ['service_healthy', 'service_completed_successfully'] as const) {
      const { events, looks, failure } = await wait(condition, [{ state: 'restarting', health: 'starting' }]);
      assert.deepEqual(events, [told], condition);
      assert.equal(looks, 11);
      assert.match(failure, /b keeps crashing, with status 3/);
    }
  });

  it('is waited for where it is healthy in the end', async () => {
    const crashing = Array<Partial<ContainerDetails>>(8).fill({ state: 'running', health: 'starting' });
    const { events } = await wait('service_healthy', [...crashing, { state: 'running', health: 'healthy' }]);
    assert.deepEqual(events, [told, { type: 'service', service: 'b', state: 'healthy', cause: '' }]);
  });
});
