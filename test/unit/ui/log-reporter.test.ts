import assert from 'node:assert/strict';
import type { LogEvent } from '../../../src/logs/log-line.ts';
import type { LiveEvent } from '../../../src/sync/events.ts';
import { openLiveReporter } from '../../../src/ui/live-reporter.ts';
import { openLogReporter } from '../../../src/ui/log-reporter.ts';
import type { OutputMode } from '../../../src/ui/output.ts';
import { OwnRestarts } from '../../../src/ui/own-restarts.ts';
import { fakeOutput } from '../../support/fake-output.ts';

const ended: LogEvent = { type: 'container', service: 'main', container: 'shop-main-1', state: 'ended' };
const started: LogEvent = { ...ended, state: 'started' };
const restarting: LiveEvent = { type: 'restarting', service: 'main' };
const restarted: LiveEvent = { type: 'restarted', service: 'main', durationMs: 300, isKilled: false };

/** What a live session that follows logs prints of these, in that order. */
function told(events: readonly (LogEvent | LiveEvent)[], mode: OutputMode = 'plain'): string {
  const output = fakeOutput(mode);
  const restarts = new OwnRestarts();
  const isExplained = (event: LogEvent & { type: 'container' }): boolean => restarts.explains(event);
  const tellLog = openLogReporter(output, { services: [], showsTimes: false, isRaw: false, isExplained });
  const tellLive = openLiveReporter(output, { services: ['main'], isVerbose: false });
  for (const event of events) {
    if (event.type === 'log' || event.type === 'container' || event.type === 'connection') tellLog(event);
    else {
      restarts.hear(event);
      tellLive(event);
    }
  }
  return output.stdout + output.stderr;
}

describe('what is told of a restart', () => {
  it('is one line when the live session does it, whichever of its parts is heard of first', () => {
    const line = 'main | started again in 300 ms\n';
    assert.equal(told([restarting, ended, started, restarted]), line);
    assert.equal(told([restarting, restarted, ended, started]), line);
    assert.equal(told([restarting, ended, restarted, started]), line);
  });

  it('is that the service has ended and started when it does so by itself', () => {
    const lines = 'main has ended\nmain has started\n';
    assert.equal(told([ended, started]), lines);
    assert.equal(told([restarting, ended, started, restarted, ended, started]).split(' ms\n')[1], lines);
  });

  it('is nothing of its own when the session makes a service anew, which the push tells', () => {
    const restarts = new OwnRestarts();
    restarts.hear({ type: 'service', service: 'main', state: 'starting', cause: 'its image changed' });
    assert.deepEqual(
      [ended, started, ended].map(event => restarts.explains(event)),
      [true, true, false],
    );
  });

  it('is that a service has ended after one that had crashed was started', () => {
    const lines = 'main | started again in 300 ms\nmain has ended\n';
    assert.equal(told([restarting, started, restarted, ended]), lines);
  });

  it('is that another service has ended meanwhile', () => {
    assert.equal(told([restarting, { ...ended, service: 'db' }]), 'db has ended\n');
  });

  it('is that a service has ended after it could not be started again', () => {
    const failed: LiveEvent = { type: 'failed', service: 'main', message: 'no' };
    assert.match(told([restarting, failed, ended]), /^main has ended$/m);
  });

  it('is everything in JSON', () => {
    const lines = told([restarting, ended, started, restarted], 'json').trim().split('\n');
    assert.deepEqual(
      lines.map(line => (JSON.parse(line) as { type: string }).type),
      ['restarting', 'container', 'container', 'restarted'],
    );
  });
});

describe('what is told of a build that fails in a live session', () => {
  it('is why, once, and then that the services stay', () => {
    const failed: LiveEvent = {
      ...{
        type: 'rebuild-failed',
        services: ['web', 'main'],
        message: 'compose.yaml:2:1: no\ncompose.yaml:3:1: no',
      },
    };
    const output = fakeOutput('plain');
    openLiveReporter(output, { services: ['web', 'main'], isVerbose: false })(failed);
    assert.equal(
      output.stdout + output.stderr,
      'compose.yaml:2:1: no\ncompose.yaml:3:1: no\nweb and main stay as they are\n',
    );
  });
});
