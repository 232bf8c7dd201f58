import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OsError } from '../../src/core/errors.ts';
import { checkProfile } from '../../src/host/network/check-profile.ts';
import {
  escapeList,
  escapeValue,
  formatKeyfile,
  parseKeyfile,
  unescapeList,
  unescapeValue,
} from '../../src/host/network/keyfile.ts';
import type { IpSettings, NetworkProfile } from '../../src/host/network/profile.ts';
import { toKeyfile } from '../../src/host/network/to-keyfile.ts';
import { readWithNetworkManager, type TheirIp } from '../support/network-manager.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc
    .array(fc.constantFrom('\\', ';', ' ', '\t', '\n', '\r', '#', '=', '"', "'", '[', ']', 's', 'n', 'é'), {
      maxLength: 8,
    })
    .map(parts => parts.join('')),
);
const withoutNul = text.map(it => it.replaceAll('\0', ''));

function isAccepted(profile: NetworkProfile): boolean {
  try {
    checkProfile(profile);
    return true;
  } catch (error) {
    if (error instanceof OsError && error.code === 'config-invalid') return false;
    throw error;
  }
}

const printable = fc.string({ unit: 'grapheme-ascii', maxLength: 70 });
const trickyPrintable = fc
  .array(fc.constantFrom('\\', ';', ' ', '#', '=', '"', 's', 'n', '1'), { minLength: 1, maxLength: 12 })
  .map(parts => parts.join(''));
const secret = fc.oneof(printable, trickyPrintable);
const ssid = fc.oneof(
  printable,
  trickyPrintable,
  text,
  fc.constantFrom('1;2;3;', '12', '’', '📶 home', ' lead', 'trail '),
);
const address4 = fc
  .tuple(fc.ipV4(), fc.integer({ min: 0, max: 33 }))
  .map(([ip, length]) => `${ip}/${length.toString()}`);
const address6 = fc
  .tuple(fc.ipV6(), fc.integer({ min: 0, max: 129 }))
  .map(([ip, length]) => `${ip}/${length.toString()}`);
const ip = (address: fc.Arbitrary<string>, host: fc.Arbitrary<string>): fc.Arbitrary<IpSettings> =>
  fc.oneof(
    fc.record({
      method: fc.constantFrom('auto' as const, 'link-local' as const, 'disabled' as const),
      nameServers: fc.constant([]),
    }),
    fc.record({
      method: fc.constant('manual' as const),
      fixed: fc.record({
        addresses: fc.uniqueArray(address, { minLength: 1, maxLength: 3 }),
        gateway: fc.option(host, { nil: undefined }),
      }),
      nameServers: fc.uniqueArray(host, { maxLength: 3 }),
    }),
  );
const option = <T>(it: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(it, { nil: undefined });
const profiles: fc.Arbitrary<NetworkProfile> = fc.record({
  name: fc.constantFrom(
    'office',
    'a b',
    'x-1',
    'foo.office',
    'foo.ignore',
    'key.pem',
    '.hidden',
    'a/b',
    'Büro',
    'two.part1',
  ),
  link: fc.oneof(
    fc.record({
      kind: fc.constant('ethernet' as const),
      mac: option(fc.constantFrom('00:11:22:aa:bb:cc', '0011')),
    }),
    fc.record({
      kind: fc.constant('vlan' as const),
      parent: fc.constantFrom('eth0', 'a b', 'averyverylongname'),
      vlanId: fc.constantFrom(0, 1, 10, 4094, 4095),
    }),
    fc.record({
      kind: fc.constant('wifi' as const),
      ssid,
      isHidden: fc.boolean(),
      security: fc.oneof(
        fc.constant({ kind: 'open' as const }),
        fc.record({ kind: fc.constantFrom('wpa2' as const, 'wpa3' as const), passphrase: secret }),
        fc.record({
          kind: fc.constant('enterprise' as const),
          eap: fc.constantFrom('peap' as const, 'ttls' as const),
          identity: withoutNul,
          anonymousIdentity: option(withoutNul),
          password: withoutNul,
          caFile: option(fc.constantFrom('/mnt/boot/system-connections/office.ca.pem', 'relative.pem')),
        }),
      ),
    }),
    fc.record({
      kind: fc.constant('cellular' as const),
      apn: fc.constantFrom('internet', 'web.vodafone.de', 'a b', ''),
      username: option(withoutNul),
      password: option(withoutNul),
      pin: option(fc.constantFrom('0012', '12345678', '123', 'abcd')),
    }),
  ),
  interfaceName: option(fc.constantFrom('eth0', 'wlan0', 'no good')),
  ipv4: ip(address4, fc.ipV4()),
  ipv6: ip(address6, fc.ipV6()),
  isAutoconnected: fc.boolean(),
  priority: option(fc.integer({ min: -1001, max: 1001 })),
  isMetered: option(fc.boolean()),
});

const hex = (it: string): string => Buffer.from(it).toString('hex');
const canonical = (address: string): string => {
  const [host = '', length = ''] = address.split('/');
  return (
    new URL(host.includes(':') ? `http://[${host}]` : `http://${host}`).hostname.replace(/[[\]]/g, '') +
    (length && `/${length}`)
  );
};

describe('key files of NetworkManager', function () {
  this.timeout(120_000);

  it('write any text and list so that GLib reads them back', () => {
    const samples = fc.sample(
      fc.tuple(withoutNul, fc.array(withoutNul, { minLength: 1, maxLength: 4 })),
      1500,
    );
    const theirs = readWithNetworkManager(
      samples.map(([one, many]) =>
        formatKeyfile([
          {
            name: 'g',
            entries: [
              ['one', escapeValue(one)],
              ['many', escapeList(many)],
            ],
          },
        ]),
      ),
    );
    for (const [index, [one, many]] of samples.entries()) {
      const [first, second] = theirs[index]?.groups?.[0]?.entries ?? [];
      assert.equal(first?.text, one);
      assert.deepEqual(second?.list, many);
    }
  });

  it('are read as GLib reads them, whatever is in them', () => {
    const line = fc.oneof(
      fc.constantFrom(
        '[g]',
        '[h] ',
        '[',
        '[]',
        '[a]b',
        '# note',
        '',
        ' k=v',
        'k =v',
        'k= v ',
        'k',
        '=v',
        'k\t=\t v',
        'k=',
        '\tk=v',
        'k=a\r',
        'k=#no',
        '[g]\r',
      ),
      fc.tuple(fc.constantFrom('a', 'b c', 'k'), withoutNul).map(([key, value]) => `${key}=${value}`),
    );
    const samples = fc.sample(
      fc.array(line, { maxLength: 6 }).map(lines => ['[first]', ...lines].join('\n')),
      1500,
    );
    const theirs = readWithNetworkManager(samples);
    for (const [index, sample] of samples.entries()) {
      const reading = theirs[index];
      let ours;
      try {
        ours = parseKeyfile(sample);
      } catch {
        ours = undefined;
      }
      assert.equal(
        ours === undefined,
        reading?.error !== undefined,
        `${JSON.stringify(sample)} ${reading?.error ?? ''}`,
      );
      if (ours === undefined) continue;
      const shown = JSON.stringify(sample);
      assert.deepEqual(
        ours.map(({ name, entries }) => [name, new Map(entries)]),
        reading?.groups?.map(({ name, entries }) => [
          name,
          new Map(entries.map(({ key, raw }) => [key, raw])),
        ]),
        shown,
      );
      for (const { entries } of reading?.groups ?? [])
        for (const { raw, text: theirText, list } of entries) {
          assert.equal(unescapeValue(raw) ?? null, theirText, shown);
          if (list !== null) assert.deepEqual(unescapeList(raw), list, shown);
        }
    }
  });

  it('made of any profile that we accept are accepted by NetworkManager, which reads every field as it was meant', () => {
    const samples = fc.sample(profiles, 12_000).filter(isAccepted);
    assert.ok(samples.length > 300, samples.length.toString());
    const theirs = readWithNetworkManager(samples.map(it => formatKeyfile(toKeyfile(it))));
    for (const [index, profile] of samples.entries()) {
      const reading = theirs[index];
      const shown = `${JSON.stringify(profile)}\n${formatKeyfile(toKeyfile(profile))}\n${JSON.stringify(reading)}`;
      const found = reading?.connection;
      assert.ok(found !== undefined, shown);
      assert.equal(found.problem, null, shown);
      assert.deepEqual(found.warnings, [], shown);
      assert.equal(found.id, profile.name, shown);
      assert.equal(found.autoconnect, profile.isAutoconnected, shown);
      assert.equal(found.priority, profile.priority ?? 0, shown);
      assert.equal(found.metered, profile.isMetered === undefined ? 0 : profile.isMetered ? 1 : 2, shown);
      for (const family of ['ipv4', 'ipv6'] as const) {
        const wanted = profile[family];
        const got: TheirIp = found[family];
        assert.equal(got.method, wanted.method, shown);
        assert.deepEqual(got.addresses.map(canonical), (wanted.fixed?.addresses ?? []).map(canonical), shown);
        assert.equal(
          got.gateway && canonical(got.gateway),
          wanted.fixed?.gateway === undefined ? null : canonical(wanted.fixed.gateway),
          shown,
        );
        assert.deepEqual(got.dns.map(canonical), wanted.nameServers.map(canonical), shown);
      }
      const { link } = profile;
      switch (link.kind) {
        case 'ethernet':
          assert.equal(found.type, '802-3-ethernet', shown);
          break;
        case 'vlan':
          assert.deepEqual(found.vlan, [link.parent, link.vlanId], shown);
          break;
        case 'wifi':
          assert.equal(found.ssid, hex(link.ssid), shown);
          assert.equal(found.hidden, link.isHidden, shown);
          if (link.security.kind === 'wpa2' || link.security.kind === 'wpa3') {
            assert.equal(found.psk, link.security.passphrase, shown);
            assert.equal(found.keyManagement, link.security.kind === 'wpa2' ? 'wpa-psk' : 'sae', shown);
          }
          if (link.security.kind === 'enterprise') {
            assert.equal(found.identity, link.security.identity, shown);
            assert.equal(found.anonymousIdentity, link.security.anonymousIdentity ?? null, shown);
            assert.equal(found.password, link.security.password, shown);
          }
          break;
        case 'cellular':
          assert.equal(found.apn, link.apn, shown);
          assert.equal(found.pin, link.pin ?? null, shown);
          assert.equal(found.username, link.username ?? null, shown);
          assert.equal(found.gsmPassword, link.password ?? null, shown);
      }
    }
  });
});
