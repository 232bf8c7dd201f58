import assert from 'node:assert/strict';
import type { OutputMode } from '../../../../src/ui/output.ts';
import { JsonEvents } from '../../../../src/ui/json-events.ts';
import { openSessionReporter, type SessionEvent } from '../../../../src/ui/session/session-reporter.ts';
import { fakeOutput, type FakeOutput } from '../../../support/fake-output.ts';

const ended: SessionEvent = { type: 'container', service: 'main', container: 'shop-main-1', state: 'ended' };
const started: SessionEvent = { ...ended, state: 'started' };
const restarting: SessionEvent = { type: 'restarting', service: 'main' };
const restarted: SessionEvent = { type: 'restarted', service: 'main', durationMs: 300, isKilled: false };
const attached: SessionEvent = { type: 'attached', isLive: true };
const starting: SessionEvent = { type: 'service', service: 'main', state: 'starting', cause: '' };

const logged = (service: string, text: string): SessionEvent => ({
  type: 'log',
  service,
  text,
  container: '1',
  stream: 'stdout',
  time: '2026-01-02T03:04:05.000000000Z',
});

function printed(events: readonly SessionEvent[], mode: OutputMode = 'plain'): FakeOutput {
  const output = fakeOutput(mode);
  const json = new JsonEvents(output);
  json.device = 'mydevice';
  using reporter = openSessionReporter(output, json);
  for (const event of events) reporter.report(event);
  return output;
}

/** What a person reads of these events. */
const told = (events: readonly SessionEvent[], mode: OutputMode = 'plain'): string => {
  const { stdout, stderr } = printed(events, mode);
  return stdout + stderr;
};

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

  it('is nothing of its own when the session recreates a container, which the push reports', () => {
    const lines = told([attached, starting, ended, started, ended]).split('\n');
    assert.deepEqual(lines.slice(1), ['main | starting', 'main has ended', '']);
  });

  it('is that a service has ended, although the push before the session has started it', () => {
    assert.match(told([starting, attached, ended]), /^main has ended$/m);
  });

  it('is that a service has ended after one that had crashed was started', () => {
    const lines = 'main | started again in 300 ms\nmain has ended\n';
    assert.equal(told([restarting, started, restarted, ended]), lines);
  });

  it('is that another service has ended meanwhile', () => {
    assert.equal(told([restarting, { ...ended, service: 'db' }]), 'db has ended\n');
  });

  it('is that a service has ended after it could not be started again', () => {
    const failed: SessionEvent = { type: 'sync-failed', service: 'main', message: 'no' };
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
    const failed: SessionEvent = {
      type: 'rebuild-failed',
      services: ['web', 'main'],
      message: 'compose.yaml:2:1: no\ncompose.yaml:3:1: no',
    };
    assert.equal(told([failed]), 'compose.yaml:2:1: no\ncompose.yaml:3:1: no\nweb and main stay unchanged\n');
  });
});

describe('an attached session', () => {
  it('says that it watches and what Ctrl-C does', () => {
    assert.equal(told([attached]), 'watching for edits; Ctrl-C stops that and leaves the services running\n');
    assert.equal(
      told([{ ...attached, isLive: false }]),
      'following the logs; Ctrl-C stops that and leaves the services running\n',
    );
  });

  it('tells what a build prints from what the service prints', () => {
    const { stdout, stderr } = printed([
      { type: 'build-step', service: 'web', step: 2, of: 3, instruction: 'RUN make' },
      { type: 'build-output', service: 'web', text: 'making' },
      logged('web', 'making'),
      logged('db', 'ready'),
    ]);
    assert.equal(stderr, 'web | step 2/3: RUN make\nweb | [2/3] making\n');
    assert.equal(stdout, 'making\ndb  | ready\n');
  });

  it('shows the lines of a service that is added under its name, in a column that grows', () => {
    const { stdout } = printed([logged('web', 'a'), logged('database', 'b'), logged('web', 'c')]);
    assert.equal(stdout, 'a\ndatabase | b\nweb      | c\n');
  });

  it('names a log that cannot be read', () => {
    const line = 'the log of quiet cannot be read: its driver is none\n';
    assert.equal(
      told([{ type: 'unreadable', service: 'quiet', container: '1', message: 'its driver is none' }]),
      line,
    );
  });

  it('carries the device in every event of JSON', () => {
    const lines = told([attached, starting, logged('main', 'a\r'), ended], 'json')
      .trim()
      .split('\n');
    const events = lines.map(line => JSON.parse(line) as { device: string; text?: string });
    assert.deepEqual([...new Set(events.map(({ device }) => device))], ['mydevice']);
    assert.equal(events[2]?.text, 'a');
  });
});
