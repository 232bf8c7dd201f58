import assert from 'node:assert/strict';
import type { DeviceRecord } from '../../../../src/emulator/device/device-record.ts';
import {
  checkSame,
  checkUuidIsFree,
  planRecord,
  type UpRequest,
} from '../../../../src/emulator/device/plan-record.ts';
import { parseSubnet } from '../../../../src/emulator/network/subnet.ts';

const subnet = parseSubnet('10.213.0.0/24');
const make = (uuid?: string, others: readonly DeviceRecord[] = []): DeviceRecord =>
  planRecord({ name: 'shop', uuid }, undefined, subnet, others);

describe('a device that runs already', () => {
  const record = make();
  const config = { hostname: 'shop', sshKeys: ['ssh-ed25519 AAAA me'] };

  it('takes a request for what it is', () => {
    checkSame(record, config, { name: 'shop' });
    checkSame(record, config, { name: 'shop', variant: 'development', enginePort: 2377, subnet, ...config });
    checkSame(record, {}, { name: 'shop', hostname: '' });
  });

  it('refuses every other request, and names what differs', () => {
    const differences = [
      [{ variant: 'production' }, 'variant development, not production'],
      [{ enginePort: 2375 }, 'engine port 2377, not 2375'],
      [{ deviceType: 'raspberrypi3' }, 'device type genericx86-64, not raspberrypi3'],
      [{ supervisorMajor: 12 }, 'supervisor version 19, not 12'],
      [{ uuid: '0'.repeat(32) }, `uuid ${record.uuid}, not ${'0'.repeat(32)}`],
      [{ hostname: 'till' }, 'hostname shop, not till'],
      [{ hostname: '' }, 'hostname shop, not (none)'],
      [{ subnet: parseSubnet('10.1.0.0/24') }, 'subnet 10.213.0.0/24, not 10.1.0.0/24'],
      [{ sshKeys: ['ssh-ed25519 BBBB other'] }, 'other SSH keys'],
    ] as const;
    for (const [request, difference] of differences)
      assert.throws(() => checkSame(record, config, { name: 'shop', ...request }), {
        code: 'usage',
        message: `shop is running with ${difference}`,
        hint: 'stop it first: os emulator down shop',
      });
  });
});

describe('a new device', () => {
  const uuid = '63ec46c0ffee4bad8badc0de12345678';

  it('has a machine of its own, also where another state directory has one with its uuid', () => {
    assert.notEqual(make(uuid).machine, make(uuid).machine);
    const former = make(uuid);
    const booted = planRecord({ name: 'shop' }, former, subnet, []);
    assert.equal(booted.machine, former.machine, 'it keeps it');
  });

  it('has a uuid that begins like no other', () => {
    const others = [make('63ec46c011111111111111111111111a')];
    assert.throws(() => checkUuidIsFree({ name: 'till', uuid }, others), { code: 'usage' });
    checkUuidIsFree({ name: 'till' }, others);
  });

  it('has an unmanaged supervisor, as a development image has, unless another variant or mode is asked for', () => {
    const modeOf = (request: Partial<UpRequest>): unknown =>
      planRecord({ name: 'shop', ...request }, undefined, subnet, []).supervisorMode;
    assert.equal(modeOf({}), 'unmanaged');
    assert.equal(modeOf({ supervisorMode: 'none' }), 'none');
    assert.equal(modeOf({ variant: 'production' }), 'none');
    assert.equal(modeOf({ variant: 'standalone' }), 'none');
    assert.throws(() => modeOf({ variant: 'standalone', supervisorMode: 'unmanaged' }), { code: 'usage' });
  });

  it('made of an image whose config.json names a cloud is managed, as that image would make a board', () => {
    const modeOf = (config: string): unknown => {
      const files = new Map([['config.json', Buffer.from(config)]]);
      return planRecord({ name: 'shop', boot: { image: '/os.img', files } }, undefined, subnet, [])
        .supervisorMode;
    };
    assert.equal(modeOf('{"apiEndpoint":"https://api.example.org"}'), 'managed');
    assert.equal(modeOf('{"apiEndpoint":""}'), 'unmanaged');
    assert.equal(modeOf('{'), 'unmanaged');
  });
});

describe('a device that boots again', () => {
  const again = (former: DeviceRecord, request: Partial<UpRequest>): DeviceRecord =>
    planRecord({ name: 'shop', ...request }, former, subnet, []);

  it('keeps the supervisor that it has, or that it has none', () => {
    const { supervisorMode: _none, ...ofAnEarlierRelease } = make();
    assert.equal(again(ofAnEarlierRelease, {}).supervisorMode, 'none');
    assert.equal(again({ ...make(), supervisorMode: 'none' }, {}).supervisorMode, 'none');
    assert.equal(again({ ...make(), supervisorMode: 'local-mode' }, {}).supervisorMode, 'local-mode');
  });

  it('as another variant has the supervisor of that variant', () => {
    const production = again(make(), { variant: 'production' });
    assert.equal(production.supervisorMode, 'none');
    assert.equal(again(production, { variant: 'development' }).supervisorMode, 'unmanaged');
  });
});
