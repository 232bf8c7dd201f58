import assert from 'node:assert/strict';
import { planBatch } from '../../../../src/sync/decide/plan-batch.ts';
import type { LiveEvent } from '../../../../src/sync/events.ts';
import { ServiceReporter } from '../../../../src/sync/service/service-reporter.ts';
import { rulesOf, toNode } from '../../../support/deciding.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

describe('the report of a comparison', () => {
  it('names only what the container does not have yet', async () => {
    const names = ['a.js', 'b.js', 'c.md'];
    const nodes = new Map(names.map(toNode));
    const [a] = [...nodes.values()];
    const plan = planBatch(await rulesOf('FROM base\nCOPY *.js /x/\n'), {
      dirty: new Map(names.map(it => [it, undefined])),
      nodes,
      applied: new Map(a === undefined ? [] : [['/x/a.js', a]]),
    });
    const events: LiveEvent[] = [];
    const tell = new ServiceReporter({
      service: 'main',
      clock: new ManualClock(),
      report: event => events.push(event),
    });
    tell.decided(plan);
    tell.synced(plan, 0);
    const told = events.map(it => (it.type === 'decision' ? it.name : it.type === 'synced' ? it.names : it));
    assert.deepEqual(told, ['b.js', 'c.md', ['b.js']]);
  });
});
