import assert from 'node:assert/strict';
import type { LiveEvent } from '../../../../src/sync/events.ts';
import { openLiveReporter } from '../../../../src/ui/live/live-reporter.ts';
import { openPushReporter } from '../../../../src/ui/push/push-reporter.ts';
import { ServiceColumn } from '../../../../src/ui/service-column.ts';
import { fakeOutput } from '../../../support/fake-output.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const services = ['web', 'db'];

function told(...events: LiveEvent[]): string[] {
  const output = fakeOutput('plain');
  const report = openLiveReporter(output, { column: new ServiceColumn(services), isVerbose: false });
  for (const event of events) report(event);
  return output.stderr.split('\n').slice(0, -1);
}

const inSync = (service: string, files = 3): LiveEvent => ({
  ...{ type: 'in-sync', service, files, via: 'shell' },
});
const everyInSync = services.map(it => inSync(it));
const pushed: LiveEvent = { type: 'rebuilding', services, cause: 'compose.yaml changed', isProject: true };
const begun = ['web | in sync: 3 paths', 'db  | in sync: 3 paths'];

describe('what a live session says', () => {
  it('is one line when all of the project is pushed, and none of services that stay as they were', () => {
    assert.deepEqual(told(...everyInSync, pushed, inSync('web'), inSync('db', 4)), [
      ...begun,
      'the project is pushed again: compose.yaml changed',
      'db  | in sync: 4 paths',
    ]);
  });

  it('is once that services stay as they are', () => {
    const failed: LiveEvent = { type: 'rebuild-failed', services, message: 'not valid' };
    assert.deepEqual(told(...everyInSync, pushed, failed, ...everyInSync), [
      ...begun,
      'the project is pushed again: compose.yaml changed',
      'not valid',
      'web and db stay unchanged',
    ]);
  });

  it('is that a service is in sync where somebody waits for it', () => {
    const rebuilt: LiveEvent = { type: 'rebuilding', services: ['web'], cause: 'a', isProject: false };
    const waiting: LiveEvent = { type: 'waiting', service: 'web', cause: 'b' };
    assert.deepEqual(told(inSync('web'), rebuilt, inSync('web'), waiting, inSync('web'), inSync('web')), [
      'web | in sync: 3 paths',
      'web | is built again: a',
      'web | in sync: 3 paths',
      'web | waits: b',
      'web | in sync: 3 paths',
    ]);
  });
});

describe('files that change all the time', () => {
  it('are told of no more, and how to leave them out, until they are calm', async () => {
    const output = fakeOutput('plain');
    const clock = new ManualClock();
    const report = openLiveReporter(output, { column: new ServiceColumn(services), isVerbose: false, clock });
    const sync = (...names: string[]): void =>
      report({ type: 'synced', service: 'web', written: 1, removed: 0, names, durationMs: 20 });
    for (let i = 0; i < 50; i++) {
      sync('app.log');
      await clock.advance(100);
    }
    sync('a.js');
    await clock.advance(10_000);
    sync('app.log');
    const lines = output.stderr.split('\n').slice(0, -1);
    const log = 'web | synced app.log in 20 ms';
    assert.deepEqual(lines, [
      ...Array<string>(15).fill(log),
      'web | this keeps changing, so further syncs of it are not shown; `.dockerignore` can exclude it',
      'web | synced a.js in 20 ms',
      log,
    ]);
  });
});

describe('a remark that is the same in each push of a session', () => {
  it('is printed once', () => {
    const output = fakeOutput('plain');
    using reporter = openPushReporter(output, { showsPlan: false, column: new ServiceColumn(services) });
    for (const message of ['a', 'b', 'a']) reporter.report({ type: 'warning', message });
    assert.equal(output.stderr, 'a\nb\n');
  });
});
