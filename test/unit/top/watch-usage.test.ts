import assert from 'node:assert/strict';
import type { ContainerStats } from '../../../src/engine/objects.ts';
import type { UsageEvent } from '../../../src/top/usage.ts';
import { watchUsage, type ListedService, type UsageSources } from '../../../src/top/watch-usage.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const stats = (second: number): ContainerStats => ({
  readMs: second * 1000,
  cpuNs: second * 0.25e9,
  systemNs: second * 1e9,
  cpus: 1,
  memoryBytes: 5,
  memoryLimitBytes: 9,
  receivedBytes: null,
  sentBytes: null,
  readBytes: null,
  writtenBytes: null,
  processes: 2,
});

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

const listed = (service: string, state = 'running'): ListedService => ({
  project: 'shop',
  service,
  container: `shop-${service}-1`,
  id: service,
  state,
});

const sources = (clock: ManualClock, changed: Partial<UsageSources> = {}): UsageSources => ({
  listServices: () => Promise.resolve([listed('web'), listed('db', 'exited')]),
  async *watchStats(_id, signal) {
    yield stats(1);
    await clock.sleep(1000, signal);
    yield stats(2);
    await untilAborted(signal);
  },
  // eslint-disable-next-line require-yield, @typescript-eslint/require-await -- the shape of a stream
  async *watchHost() {
    throw new Error('SSH is closed');
  },
  clock,
  wallMs: () => 0,
  ...changed,
});

describe('os top', () => {
  it('with --once waits for the second sample, so that no service shows 0 %, and for no service that does not run', async () => {
    const events: UsageEvent[] = [];
    const reasons: string[] = [];
    const clock = new ManualClock();
    const watching = watchUsage(sources(clock), {
      signal: new AbortController().signal,
      report: event => events.push(event),
      onHostGone: reason => reasons.push(reason),
      isOnce: true,
    });
    await clock.passUntil(watching);
    const [event] = events;
    assert.equal(events.length, 1);
    assert.deepEqual(
      event?.services.map(it => [it.service, it.state, it.cpuPercent, it.memoryBytes]),
      [
        ['web', 'running', 25, 5],
        ['db', 'exited', null, null],
      ],
    );
    assert.equal(event.host, null);
    assert.deepEqual(reasons, ['SSH is closed']);
  });

  it('follows services that come, go and are recreated, and ends all streams when it ends', async () => {
    const open = new Set<string>();
    let turn = 0;
    const lists = [['a'], ['a', 'b'], ['b']];
    const stop = new AbortController();
    const seen: string[][] = [];
    const clock = new ManualClock();
    const following = watchUsage(
      sources(clock, {
        listServices: () => {
          const names = lists[Math.min(turn++, 2)] ?? [];
          return Promise.resolve(names.map(name => listed(name)));
        },
        async *watchStats(id, signal) {
          open.add(id);
          try {
            yield stats(1);
            await untilAborted(signal);
          } finally {
            open.delete(id);
          }
        },
      }),
      {
        signal: stop.signal,
        report: event => {
          seen.push(event.services.map(it => it.service));
          if (seen.length === 5) {
            assert.deepEqual([...open], ['b']);
            stop.abort(new Error('enough'));
          }
        },
        onHostGone: () => undefined,
        isOnce: false,
      },
    );
    await assert.rejects(clock.passUntil(following), /enough/);
    assert.deepEqual(seen.slice(0, 3), lists);
    assert.equal(open.size, 0);
  });
});
