import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openKnownDevices, type KnownDevice } from '../../../src/device/known-devices.ts';
import { identityOf } from '../../support/identity.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const device = (over: Partial<KnownDevice> = {}): KnownDevice => ({
  uuid: '63ec46ce2ff94b1a8e5d9d6d0dd5d2a1',
  host: '63ec46c.local',
  addresses: ['10.0.0.5'],
  identity: null,
  lastSeen: '2026-01-01T00:00:00.000Z',
  ...over,
});

describe('remembered devices', () => {
  it('are listed, the last seen first', async () => {
    await using directory = await openTempDirectory();
    const known = openKnownDevices(path.join(directory.path, 'devices'));
    assert.deepEqual(await known.list(), []);
    await known.remember(device());
    await known.remember(device({ uuid: null, host: 'b.local', lastSeen: '2026-02-01T00:00:00.000Z' }));
    assert.deepEqual(
      (await known.list()).map(one => one.host),
      ['b.local', '63ec46c.local'],
    );
  });

  it('are remembered once when a host name turns out to be a UUID met before', async () => {
    await using directory = await openTempDirectory();
    const known = openKnownDevices(directory.path);
    await known.remember(device({ uuid: null }));
    await known.remember(device());
    assert.deepEqual(
      (await known.list()).map(one => one.uuid),
      [device().uuid],
    );
  });

  it('keep their UUID when met by name at the same address, and not when another one has the name', async () => {
    await using directory = await openTempDirectory();
    const known = openKnownDevices(directory.path);
    await known.remember(device());
    await known.remember(device({ uuid: null }));
    assert.deepEqual(
      (await known.list()).map(one => one.uuid),
      [device().uuid],
    );
    await known.remember(device({ uuid: null, addresses: ['10.0.0.9'] }));
    assert.deepEqual(new Set((await known.list()).map(one => one.uuid)), new Set([device().uuid, null]));
  });

  it('are believed only of the same device: another engine under a name and address is another one', async () => {
    await using directory = await openTempDirectory();
    const known = openKnownDevices(directory.path);
    const identity = { ...identityOf(device().uuid), deviceType: 'raspberrypi3' };
    await known.remember(device({ identity, engineId: 'first' }));
    await known.remember(device({ uuid: null, engineId: 'second' }));
    const listed = await known.list();
    assert.deepEqual(
      new Map(listed.map(({ uuid, engineId, identity: of }) => [uuid, [engineId, of?.deviceType]])),
      new Map([
        [device().uuid, ['first', 'raspberrypi3']],
        [null, ['second', undefined]],
      ]),
    );
    await known.remember(device({ uuid: null, engineId: 'third', identity: null }));
    assert.deepEqual((await known.list()).find(({ uuid }) => uuid === null)?.engineId, 'third');
  });

  it('keep the id of their engine, wherever it was learnt', async () => {
    await using directory = await openTempDirectory();
    const known = openKnownDevices(directory.path);
    await known.remember(device({ engineId: 'engine' }));
    await known.remember(device());
    assert.equal((await known.list())[0]?.engineId, 'engine');
  });

  it('survive files that hold nonsense', async () => {
    await using directory = await openTempDirectory();
    const known = openKnownDevices(directory.path);
    await known.remember(device());
    for (const [i, text] of [
      '',
      '{',
      '[]',
      'null',
      '{"host":1}',
      '{"uuid":null,"host":"x","addresses":[1],"lastSeen":"y","identity":null}',
    ].entries())
      await writeFile(path.join(directory.path, `uuid-broken${i.toString()}.json`), text);
    assert.equal((await known.list()).length, 1);
  });

  it('are none where their directory, or what is in it, cannot be read', async () => {
    await using directory = await openTempDirectory();
    await mkdir(path.join(directory.path, 'uuid-directory.json'));
    assert.deepEqual(await openKnownDevices(directory.path).list(), []);
    await writeFile(path.join(directory.path, 'file'), '');
    assert.deepEqual(await openKnownDevices(path.join(directory.path, 'file/devices')).list(), []);
  });

  it('are remembered also where a device calls itself by half a character', async () => {
    await using directory = await openTempDirectory();
    const known = openKnownDevices(directory.path);
    await known.remember(device({ uuid: '\ud800' }));
    assert.equal((await known.list()).length, 1);
  });

  it('stay in their directory whatever a device calls itself', async () => {
    await using directory = await openTempDirectory();
    const known = openKnownDevices(path.join(directory.path, 'devices'));
    await known.remember(device({ uuid: '../../escape' }));
    await known.remember(device({ uuid: 'x'.repeat(5000) }));
    assert.deepEqual(await readdir(directory.path), ['devices']);
    assert.equal((await known.list()).length, 2);
  });
});
