import assert from 'node:assert/strict';
import type { ContainerDetails, ContainerSummary } from '../../../../src/engine/objects.ts';
import type { PushEvent } from '../../../../src/release/apply/events.ts';
import type { WaitingEngine } from '../../../../src/release/apply/await-condition.ts';
import { applyPlan, type ApplyEngine } from '../../../../src/release/apply/apply-plan.ts';
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
