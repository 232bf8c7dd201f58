import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { OsError } from '../../../../src/core/errors.ts';
import { changeConfig, configEffects, decodeValidConfig } from '../../../../src/host/config/config-file.ts';
import { configKeys } from '../../../../src/host/config/config-keys.ts';
import { countryCodes } from '../../../../src/host/config/country-codes.ts';
import { formatKeyPath, parseKeyPath } from '../../../../src/host/config/key-path.ts';
import { hidden, maskSecrets } from '../../../../src/host/config/mask-secrets.ts';
import { readConfigValue } from '../../../../src/host/config/read-value.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1VvVzjoq0zqD7b1ZC8CVjmoVOX1hqXZnhx6gyuP1Wn me@laptop';
const set = (name: string, ...texts: string[]): unknown =>
  readConfigValue({ path: parseKeyPath(name), texts });
const isInvalid = (error: unknown): boolean => error instanceof OsError && error.exitCode === 7;
const isUsage = (error: unknown): boolean => error instanceof OsError && error.exitCode === 2;

describe('values of config.json', () => {
  it('have the type of the table, whatever the words look like', () => {
    assert.equal(set('hostname', '123'), '123');
    assert.equal(set('persistentLogging', 'false'), false);
    assert.equal(set('listenPort', '48480'), 48_480);
    assert.equal(set('os.network.connectivity.interval', '0'), '0');
    assert.equal(set('dnsServers', 'null'), 'null');
    assert.deepEqual(set('os.sshKeys', key), [key]);
    assert.deepEqual(set('os.sshKeys', JSON.stringify([key, key])), [key, key]);
    assert.deepEqual(set('os.sshKeys', key, `${key}\n`), [key, key]);
    assert.equal(set('os.udevRules.usb', 'SUBSYSTEM=="usb"'), 'SUBSYSTEM=="usb"');
    assert.deepEqual(set('os.udevRules', '{"usb":"x"}'), { usb: 'x' });
  });

  it('that a key cannot have are refused with status 7', () => {
    for (const [name, ...texts] of [
      ['hostname', 'my_device'],
      ['hostname', 'a.b'],
      ['hostname', 'kitchen.local'],
      ['hostname', 'localhost'],
      ['hostname', `${'a'.repeat(63)}b`],
      ['hostname', '-a'],
      ['persistentLogging', 'yes'],
      ['developmentMode', '1'],
      ['country', 'de'],
      ['country', 'XX'],
      ['dnsServers', '8.8.8.8,1.1.1.1'],
      ['dnsServers', 'dns.example'],
      ['ntpServers', 'pool_ntp'],
      ['listenPort', '0'],
      ['listenPort', '65536'],
      ['listenPort', '1e3'],
      ['os.network.connectivity.uri', 'ftp://x'],
      ['os.network.connectivity.interval', '-1'],
      ['os.fan.profile', 'loud'],
      ['os.sshKeys', '[]'],
      ['os.sshKeys', '["key"]'],
      ['os.sshKeys', '[1]'],
      ['os.sshKeys', key.slice(0, 60)],
      ['os.udevRules', '{"../../x":"y"}'],
      ['os.udevRules', '["x"]'],
      ['balenaRootCA', 'AAAA'],
      ['hostname', 'a', 'b'],
      ['uuid', 'xyz'],
    ])
      assert.throws(() => set(name ?? '', ...texts), isInvalid, `${name ?? ''} ${texts.join(' ')}`);
  });

  it('of keys that the OS does not know need a type', () => {
    assert.throws(() => set('hostnam', 'x'), isUsage);
    assert.throws(() => set('my.key', 'x'), isUsage);
    assert.equal(readConfigValue({ path: ['my', 'key'], texts: ['1'], type: 'string' }), '1');
    assert.deepEqual(readConfigValue({ path: ['my', 'key'], texts: ['{"a":[1]}'], type: 'json' }), {
      a: [1],
    });
    assert.throws(() => readConfigValue({ path: ['my'], texts: ['{'], type: 'json' }), isInvalid);
  });

  it('are named by dotted keys that read back as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 }), names => {
        assert.deepEqual(parseKeyPath(formatKeyPath(names)), names);
      }),
    );
    for (const text of ['', '.', 'a.', '.a', 'a..b', 'a\\'])
      assert.throws(() => parseKeyPath(text), isUsage, text);
  });

  it('know the countries of the time zone database', () => {
    const file = '/usr/share/zoneinfo/iso3166.tab';
    const theirs = readFileSync(file, 'utf8').match(/^[A-Z]{2}(?=\t)/gm);
    assert.deepEqual([...countryCodes].sort(), [...(theirs ?? [])].sort());
  });

  it('that are secret are hidden, those of unknown keys by their name', () => {
    const config = {
      hostname: 'a',
      apiKey: 'x',
      deviceApiKey: 'y',
      os: { sshKeys: [key] },
      wifi: { psk: 'p', ssid: 's' },
      tokens: ['a'],
    };
    assert.deepEqual(maskSecrets(config), {
      ...config,
      apiKey: hidden,
      deviceApiKey: hidden,
      wifi: { psk: hidden, ssid: 's' },
      tokens: hidden,
    });
  });
});

describe('a change of config.json', () => {
  it('is refused where the file is no JSON, with line and column, and never repaired by set', () => {
    for (const [text, place] of [
      ['{"a": 1,}', /line 1, column 9/],
      ['', /line 1, column 1/],
      ['[]', /not a JSON object/],
      ['\ufeff{}', /byte order mark/],
    ] as const)
      assert.throws(
        () => decodeValidConfig(Buffer.from(text)),
        (error: unknown) => isInvalid(error) && place.test((error as Error).message),
        text,
      );
    assert.throws(() => decodeValidConfig(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), /UTF-8/);
  });

  it('by hand is refused where it makes a value that the OS does not accept, and leaves old oddities alone', () => {
    const before = '{"developmentMode": "true", "hostname": "a"}';
    assert.throws(() => changeConfig(before, { kind: 'replace', text: '{"hostname": "a_b"}' }), isInvalid);
    assert.throws(() => changeConfig(before, { kind: 'replace', text: '{"hostname": "a"' }), isInvalid);
    const text = '{"developmentMode": "true", "hostname": "b"}';
    assert.equal(changeConfig(before, { kind: 'replace', text }), text);
    assert.equal(changeConfig('no JSON', { kind: 'replace', text }), text);
  });

  it('through a value that is no object is refused by name', () => {
    const change = { kind: 'set', path: ['os', 'fan', 'profile'], value: 'cool' } as const;
    assert.throws(() => changeConfig('{"os":{"fan":1}}', change), /os\.fan in config\.json is not an object/);
  });

  it('says which units restart, whether a reboot is needed, and whether it can lock out', () => {
    const effectsOf = (after: string): unknown => configEffects('{"hostname":"a"}', after);
    assert.deepEqual(effectsOf('{"hostname":"a","mine":1}'), {
      restarts: [],
      needsReboot: false,
      isReach: false,
      changed: [],
    });
    assert.deepEqual(effectsOf('{"hostname":"b","persistentLogging":true}'), {
      restarts: ['balena-hostname', 'avahi-daemon', 'dnsmasq', 'balena'],
      needsReboot: true,
      isReach: true,
      changed: ['hostname', 'persistentLogging'],
    });
  });

  it('finds each key of the table once', () => {
    const names = configKeys.map(it => it.key);
    assert.deepEqual([...new Set(names)], names);
  });
});
