import assert from 'node:assert/strict';
import { OsError } from '../../../src/core/errors.ts';
import type { Lookup } from '../../../src/device/candidate.ts';
import { PortFailure } from '../../../src/net/tcp.ts';
import { unproven } from '../../../src/device/unreachable.ts';
import { reachDevice } from '../../../src/device/reach-device.ts';
import { parseTarget } from '../../../src/device/target.ts';
import {
  browsed,
  dialler,
  fakeLookup,
  isCode,
  knownDevice,
  never,
  uuidA,
  uuidB,
} from '../../support/reaching.ts';
import { ManualClock } from '../../support/manual-clock.ts';

describe('reaching a named device', () => {
  it('an address is dialled without asking anybody', async () => {
    const { reach, tried } = dialler(fakeLookup({}), ['10.0.0.9']);
    assert.equal((await reach('10.0.0.9')).source, 'typed');
    assert.deepEqual(tried, ['10.0.0.9']);
  });

  it('a known device is dialled at its remembered address', async () => {
    const lookup = fakeLookup({ known: [knownDevice({})], mdns: { '63ec46c.local': ['10.0.0.5'] } });
    const { reach, tried } = dialler(lookup, ['10.0.0.5']);
    assert.equal((await reach('63ec')).source, 'known');
    assert.deepEqual(tried, ['10.0.0.5']);
  });

  it('a known device that moved is found at its new address', async () => {
    const lookup = fakeLookup({ known: [knownDevice({})], mdns: { '63ec46c.local': ['10.0.0.77'] } });
    const { reach } = dialler(lookup, ['10.0.0.77']);
    assert.deepEqual((await reach('63ec46c.local')).address, '10.0.0.77');
  });

  it('a device whose remembered address now belongs to another one is found at its new address', async () => {
    const changed = new OsError('host-key-changed', 'another key');
    const lookup = fakeLookup({ known: [knownDevice({})], mdns: { '63ec46c.local': ['10.0.0.77'] } });
    const { reach } = dialler(lookup, ['10.0.0.77'], { '10.0.0.5': changed });
    assert.equal((await reach('63ec46c')).address, '10.0.0.77');
  });

  it('a remembered address that nothing proves is dialled when the network confirms it', async () => {
    const lookup = fakeLookup({ known: [knownDevice({})], mdns: { '63ec46c.local': ['10.0.0.5'] } });
    const { candidate } = await reachDevice({
      target: parseTarget('63ec46c'),
      lookup,
      signal: never,
      dial: ({ address, source }) =>
        source === 'known' ? Promise.reject(unproven(address, 22222)) : Promise.resolve(address),
      dispose: () => Promise.resolve(),
    });
    assert.deepEqual([candidate.source, candidate.address], ['network', '10.0.0.5']);
  });

  it('a device with a host name of its own is found by its UUID on the network', async () => {
    const lookup = fakeLookup({
      browse: [browsed('kitchen.local', '10.0.0.8', uuidA), browsed('attic.local', '10.0.0.9', null)],
    });
    const { reach } = dialler(lookup, ['10.0.0.8', '10.0.0.9']);
    const { address, host, reportedUuid } = await reach('63ec46ce2ff94');
    assert.deepEqual(
      { address, host, reportedUuid },
      { address: '10.0.0.8', host: 'kitchen.local', reportedUuid: uuidA },
    );
  });

  it('a prefix of two known devices is refused with both names', async () => {
    const lookup = fakeLookup({
      known: [knownDevice({}), knownDevice({ uuid: uuidB, host: 'kitchen.local' })],
    });
    await assert.rejects(
      dialler(lookup, []).reach('63ec'),
      isCode('device-ambiguous', /63ec46c \(63ec46ce.*kitchen \(63ecffff/),
    );
  });

  it('a prefix of two devices on the network is refused with both names', async () => {
    const lookup = fakeLookup({
      browse: [browsed('a.local', '10.0.0.8', uuidA), browsed('b.local', '10.0.0.9', uuidB)],
    });
    await assert.rejects(
      dialler(lookup, ['10.0.0.8', '10.0.0.9']).reach('63ec'),
      isCode('device-ambiguous', /2 devices: a .*b /),
    );
  });

  it('a host name wins over the prefix of a UUID', async () => {
    const lookup = fakeLookup({
      known: [
        knownDevice({}),
        knownDevice({ uuid: 'ffff0000', host: '63ec.local', addresses: ['10.0.0.6'] }),
      ],
    });
    assert.equal((await dialler(lookup, ['10.0.0.5', '10.0.0.6']).reach('63ec')).address, '10.0.0.6');
  });

  it('a name nobody answers to is not found', async () => {
    await assert.rejects(dialler(fakeLookup({}), []).reach('nosuch'), isCode('device-not-found', /nosuch/));
  });

  it('an address nothing answers on is told with what every port said', async () => {
    const { reach } = dialler(fakeLookup({}), [], {
      '10.0.0.5': new AggregateError([
        new PortFailure({ address: '10.0.0.5', port: 2377, outcome: 'refused' }),
        new PortFailure({ address: '10.0.0.5', port: 2375, outcome: 'no answer' }),
      ]),
    });
    await assert.rejects(
      reach('10.0.0.5'),
      isCode('device-unreachable', /cannot reach 10\.0\.0\.5: 2377 refused, 2375 no answer$/),
    );
  });

  it('a refusal tells more than a silent second address', async () => {
    const lookup = fakeLookup({ mdns: { 'mydevice.local': ['10.0.0.5', 'fe80::1%eth0'] } });
    const { reach } = dialler(lookup, [], { '10.0.0.5': new OsError('auth-refused', 'no key fits') });
    await assert.rejects(reach('mydevice'), isCode('auth-refused', /no key fits/));
  });

  it('an address that is told after the first one has been silent for long is tried at once', async () => {
    const clock = new ManualClock();
    const silent = new AbortController();
    const lookup: Lookup = {
      ...fakeLookup({}),
      async *resolveMdns() {
        yield '10.0.0.5';
        await clock.sleep(400);
        yield '10.0.0.6';
      },
    };
    const reaching = reachDevice({
      clock,
      target: parseTarget('mydevice'),
      lookup,
      signal: never,
      dial: async ({ address }) => {
        if (address === '10.0.0.5')
          await new Promise(resolve => silent.signal.addEventListener('abort', resolve));
        else setImmediate(() => silent.abort());
        return address;
      },
      dispose: () => Promise.resolve(),
    });
    const { value } = await clock.passUntil(reaching);
    assert.equal(value, '10.0.0.6');
  });

  it('a second address is tried when the first one stays silent, and what comes too late is closed', async () => {
    const lookup = fakeLookup({ mdns: { 'mydevice.local': ['10.0.0.5', '10.0.0.6'] } });
    const clock = new ManualClock();
    const late = new AbortController();
    const closed: string[] = [];
    const reaching = reachDevice({
      clock,
      target: parseTarget('mydevice'),
      lookup,
      signal: never,
      dial: async ({ address }) => {
        if (address === '10.0.0.5')
          await new Promise(resolve => late.signal.addEventListener('abort', resolve));
        else setImmediate(() => late.abort());
        return address;
      },
      dispose: address => {
        closed.push(address);
        return Promise.resolve();
      },
    });
    const reached = await clock.passUntil(reaching);
    assert.equal(reached.value, '10.0.0.6');
    assert.deepEqual(closed, ['10.0.0.5']);
  });
});
