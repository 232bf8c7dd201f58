import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { LinkView } from '../../../src/discovery/search/link-view.ts';
import type { MdnsRecord } from '../../../src/discovery/wire/records.ts';
import { readRecords } from '../../../src/discovery/wire/records.ts';
import { encodeQuery, isEncodable } from '../../../src/discovery/wire/question.ts';
import { rangeOf } from '../../../src/net/address-range.ts';
import { addressOf, deviceRecords, ipv4Link, pointer, srv } from '../../support/fake-network.ts';

// The decoder that is really used, from the tree of bonjour-service; it has no types.
const require = createRequire(createRequire(import.meta.url).resolve('bonjour-service'));
const dnsPacket = createRequire(require.resolve('multicast-dns'))('dns-packet') as {
  decode(message: Buffer): { questions: { name: string; type: string }[] };
};

const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('one', 'one.local', '.', ''));
const records: fc.Arbitrary<MdnsRecord> = fc.oneof(
  texts.map(name => pointer(name)),
  texts.map(name => pointer(name, 0)),
  fc.tuple(texts, texts).map(([instance, host]) => srv(instance, host)),
  fc.tuple(texts, fc.oneof(fc.ipV4(), fc.ipV6())).map(([host, address]) => addressOf(host, address)),
);

describe('records from anybody', () => {
  it('are read or dropped, whatever the decoder makes of a packet', () => {
    fc.assert(fc.property(fc.anything(), response => void readRecords(response)));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), body => {
        const message = Buffer.concat([Buffer.from([0, 0, 0x84, 0, 0, 0, 0, 3, 0, 0, 0, 2]), body]);
        let decoded: unknown;
        try {
          decoded = dnsPacket.decode(message);
        } catch {
          return;
        }
        readRecords(decoded);
      }),
    );
  });

  it('never make a view that cannot be read or asked from, nor one that grows without end', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.array(records), fc.nat({ max: 5000 }))), bursts => {
        const view = new LinkView(ipv4Link('eth0'), () => rangeOf([]));
        let nowMs = 0;
        for (const [burst, pauseMs] of bursts) {
          view.absorb(burst, '10.0.0.9', nowMs);
          for (const device of view.devices()) {
            assert.ok(device.addresses.length > 0);
            assert.ok(device.addresses.length <= 16);
          }
          for (const question of view.openQuestions()) if (isEncodable(question)) encodeQuery([question]);
          nowMs += pauseMs;
          view.expire(nowMs, 30_000);
        }
      }),
    );
    const view = new LinkView(ipv4Link('eth0'), () => rangeOf([]));
    for (let i = 0; i < 3000; i++) view.absorb(deviceRecords(`d${i.toString()}`, '10.0.0.5'), '10.0.0.9', 0);
    assert.equal(view.devices().length, 1024);
  });
});

describe('encodeQuery', () => {
  it('says what the decoder understands, dots within a label included', () => {
    const query = encodeQuery([
      { labels: ['Lab 2.0 #2', '_ssh', '_tcp', 'local'], type: 'SRV' },
      { labels: ['gerät', 'local'], type: 'AAAA' },
    ]);
    const { questions } = dnsPacket.decode(query);
    assert.deepEqual(
      questions.map(({ name, type }) => [name, type]),
      [
        ['Lab 2.0 #2._ssh._tcp.local', 'SRV'],
        ['gerät.local', 'AAAA'],
      ],
    );
    assert.equal(query[12], 10);
  });

  it('is not asked for what does not fit the wire', () => {
    assert.equal(isEncodable({ labels: ['x'.repeat(64), 'local'], type: 'A' }), false);
    assert.equal(isEncodable({ labels: ['', 'local'], type: 'A' }), false);
    assert.equal(isEncodable({ labels: Array.from({ length: 60 }, () => 'label'), type: 'A' }), false);
    assert.equal(isEncodable({ labels: ['mydevice', 'local'], type: 'A' }), true);
  });
});
