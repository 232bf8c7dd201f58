import assert from 'node:assert/strict';
import { OsError } from '../../../src/core/errors.ts';
import { PortFailure } from '../../../src/net/tcp.ts';
import { reachDevice } from '../../../src/device/reach-device.ts';
import { parseTarget } from '../../../src/device/target.ts';
import { browsed, dialler, fakeLookup, isCode, knownDevice, never, uuidA } from '../../support/reaching.ts';

describe('finding the addresses of a named device', () => {
  it('an address of this machine is not dialled for a name, whether remembered or told by the network', async () => {
    const lookup = fakeLookup({
      known: [knownDevice({ addresses: ['172.17.0.1', '10.0.0.5'] })],
      mdns: { '63ec46c.local': ['172.17.0.1', '10.0.0.6'] },
      own: ['172.17.0.1'],
    });
    const { reach, tried } = dialler(lookup, []);
    await assert.rejects(reach('63ec46c.local'), isCode('device-unreachable', /10\.0\.0\.5/));
    assert.deepEqual(tried, ['10.0.0.5', '10.0.0.6']);
  });

  it('a name that leads to this machine alone is not found, and the message says where it leads', async () => {
    for (const [name, network] of [
      ['mydevice.local', { mdns: { 'mydevice.local': ['172.17.0.1'] } }],
      ['board.lan', { dns: { 'board.lan': ['172.17.0.1'] } }],
      ['63ec46ce2ff94', { browse: [browsed('kitchen.local', '172.17.0.1', uuidA)] }],
    ] as const) {
      const { reach, tried } = dialler(fakeLookup({ ...network, own: ['172.17.0.1'] } as never), [
        '172.17.0.1',
      ]);
      await assert.rejects(
        reach(name),
        isCode('device-not-found', /leads to this machine \(172\.17\.0\.1\), which is no device/),
      );
      assert.deepEqual(tried, []);
    }
  });

  it('an address of this machine that a person types is dialled, localhost included', async () => {
    const lookup = fakeLookup({ dns: { localhost: ['127.0.0.1'] }, own: ['127.0.0.1'] });
    for (const name of ['127.0.0.1', '127.0.0.1:2377', 'localhost:2375'])
      assert.equal((await dialler(lookup, ['127.0.0.1']).reach(name)).address, '127.0.0.1');
  });

  it('a host name tells seven digits of a UUID, so that a longer beginning has to be proven', async () => {
    const mdns = { '63ec46c.local': ['10.0.0.5'] };
    const prefixOf = async (name: string): Promise<string | null> =>
      (await dialler(fakeLookup({ mdns, browse: [] }), ['10.0.0.5']).reach(name)).uuidPrefix;
    assert.equal(await prefixOf(uuidA), uuidA);
    assert.equal(await prefixOf('63ec46c'), null);
    const onNetwork = fakeLookup({ browse: [browsed('63ec46c.local', '10.0.0.5', null)] });
    assert.equal((await dialler(onNetwork, ['10.0.0.5']).reach('63ec46ce')).uuidPrefix, '63ec46ce');
    assert.equal((await dialler(onNetwork, ['10.0.0.5']).reach('63ec')).uuidPrefix, null);
  });

  it('a host name that begins like a UUID is not one', async () => {
    const lookup = fakeLookup({ browse: [browsed('beefburger.local', '10.0.0.5', null)] });
    await assert.rejects(dialler(lookup, ['10.0.0.5']).reach('beef'), isCode('device-not-found', /beef/));
  });

  const shop = { name: 'shop', address: '10.213.0.2', host: '63ec46c.local', uuid: uuidA };

  it('an emulated device is found by the name it was made with, and nobody else is asked', async () => {
    const lookup = fakeLookup({
      emulated: [{ ...shop, isRunning: true }],
      mdns: { 'shop.local': ['10.0.0.5'] },
    });
    const { reach, tried } = dialler(lookup, ['10.213.0.2', '10.0.0.5']);
    const { source, host } = await reach('Shop');
    assert.deepEqual(
      { source, host, tried },
      { source: 'emulated', host: '63ec46c.local', tried: ['10.213.0.2'] },
    );
  });

  it('a name on the network, written with .local, is not that of an emulated device', async () => {
    const lookup = fakeLookup({
      emulated: [{ ...shop, isRunning: true }],
      mdns: { 'shop.local': ['10.0.0.5'] },
    });
    assert.equal((await dialler(lookup, ['10.0.0.5']).reach('shop.local')).address, '10.0.0.5');
  });

  it('an emulated device that is down is told apart from one that does not exist, and lets another one have the name', async () => {
    const emulated = [{ ...shop, isRunning: false }];
    await assert.rejects(
      dialler(fakeLookup({ emulated }), []).reach('shop'),
      isCode('device-not-found', /the emulated device shop is not running/),
    );
    const lookup = fakeLookup({ emulated, mdns: { 'shop.local': ['10.0.0.5'] } });
    assert.equal((await dialler(lookup, ['10.0.0.5']).reach('shop')).address, '10.0.0.5');
  });

  it('a known device that has another name and address now is found by its UUID', async () => {
    const lookup = fakeLookup({
      known: [knownDevice({ host: 'old.local' })],
      browse: [browsed('new.local', '10.0.0.9', uuidA)],
    });
    assert.equal((await dialler(lookup, ['10.0.0.9']).reach('63ec46c')).host, 'new.local');
  });

  it('the name of a known device has to be proven where it was named by the beginning of its UUID', async () => {
    const lookup = fakeLookup({
      known: [knownDevice({ host: 'kitchen.local', addresses: [], engineId: 'ENGINE' })],
      mdns: { 'kitchen.local': ['10.0.0.9'] },
    });
    const { uuidPrefix, known } = await dialler(lookup, ['10.0.0.9']).reach('63ec');
    assert.deepEqual(
      { uuidPrefix, known },
      { uuidPrefix: '63ec', known: { uuid: uuidA, engineId: 'ENGINE' } },
    );
  });

  it('an address that refuses is powered on, and one that is silent may not be', async () => {
    const hintOf = async (said: string): Promise<string | undefined> => {
      const failure = new PortFailure({ address: '10.0.0.5', port: 22222, outcome: said });
      const { reach } = dialler(fakeLookup({}), [], { '10.0.0.5': failure });
      const error: unknown = await reach('10.0.0.5').catch((thrown: unknown) => thrown);
      return error instanceof OsError ? error.hint : undefined;
    };
    assert.match((await hintOf('refused')) ?? '', /^it is powered on, but nothing listens on port 22222/);
    assert.match((await hintOf('no answer')) ?? '', /^is it powered and on this network\?/);
  });

  it('a device named by its name gets the same suggestion as one named by its address', async () => {
    const lookup = fakeLookup({ mdns: { 'mydevice.local': ['10.0.0.5'] } });
    for (const name of ['mydevice', '10.0.0.5'])
      await assert.rejects(
        reachDevice({
          target: parseTarget(name),
          lookup,
          signal: never,
          dial: ({ address }) => Promise.reject(new PortFailure({ address, port: 2377, outcome: 'refused' })),
          dispose: () => Promise.resolve(),
          suggest: answers => Promise.resolve(`ask ${answers.map(({ address }) => address).join()} over SSH`),
        }),
        { hint: 'ask 10.0.0.5 over SSH' },
      );
  });
});
