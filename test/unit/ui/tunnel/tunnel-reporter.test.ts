import assert from 'node:assert/strict';
import type { TunnelEvent } from '../../../../src/tunnel/tunnel-events.ts';
import { openTunnelReporter } from '../../../../src/ui/tunnel/tunnel-reporter.ts';
import { fakeOutput } from '../../../support/fake-output.ts';

function print(...events: (TunnelEvent | number)[]): { readonly stdout: string; readonly stderr: string } {
  const output = fakeOutput('plain');
  let now = 0;
  const { report } = openTunnelReporter(
    output,
    () => 'mydevice.local',
    () => now,
  );
  for (const event of events)
    if (typeof event === 'number') now += event;
    else report(event);
  return output;
}

const failed = (message: string, service = 'web'): TunnelEvent => ({
  type: 'connection-failed',
  direction: 'forward',
  service,
  port: 80,
  message,
});

describe('what os tunnel prints', () => {
  it('is where each port is, on stdout', () => {
    const addresses = ['127.0.0.1', '::1'];
    const { stdout, stderr } = print(
      { type: 'listening', service: 'web', port: 80, addresses, localPort: 8080 },
      { type: 'listening', service: null, port: 5432, addresses: ['0.0.0.0'], localPort: 5432 },
    );
    assert.equal(
      stdout,
      '127.0.0.1:8080, [::1]:8080 → web:80 on mydevice.local\n0.0.0.0:5432 → port 5432 of mydevice.local\n',
    );
    assert.equal(stderr, '');
  });

  it('is where a reverse port is, from the host and from containers, and who else reaches it', () => {
    const event: TunnelEvent = {
      type: 'reverse-listening',
      port: 3000,
      localPort: 80,
      host: '127.0.0.1:3000',
      containers: '172.17.0.1:3000',
      isPublic: true,
    };
    const all = print(event);
    assert.match(
      all.stdout,
      /^127\.0\.0\.1:3000 on mydevice\.local → port 80 .*\n172\.17\.0\.1:3000 in its containers → port 80 /,
    );
    assert.match(all.stderr, /the network of mydevice\.local reaches it too/);
    const hostOnly = print({ ...event, containers: null, isPublic: false });
    assert.match(hostOnly.stderr, /^containers do not reach it/);
  });

  it('repeats a failure that comes again only after a while, and never hides another one', () => {
    const { stderr } = print(
      failed('a'),
      failed('a'),
      9000,
      failed('a'),
      failed('b'),
      failed('a', 'db'),
      2000,
      failed('a'),
    );
    assert.equal(stderr, '! a\n! b\n! a\n! a\n');
  });

  it('has no control sequences of the device in it', () => {
    assert.equal(print(failed('\x1b[2Jgone\x07')).stderr, '! gone?\n');
  });
});
