import assert from 'node:assert/strict';
import type { BrowsedDevice } from '../../../src/device/candidate.ts';
import { chooseTarget, type DevicePicker, type TargetSources } from '../../../src/device/choose-target.ts';

const deviceAt = (host: string, address: string): BrowsedDevice => ({
  host,
  addresses: [address],
  identity: null,
});
const [shop, attic, otherShop] = [
  deviceAt('shop.local', '10.0.0.1'),
  deviceAt('attic.local', '10.0.0.2'),
  deviceAt('shop.local', '10.0.0.3'),
];

describe('choosing the device that a command is for', () => {
  const { signal } = new AbortController();
  const never = (): never => assert.fail('this source is not to be asked');
  const choose = (sources: Partial<TargetSources>, named?: string): Promise<string> =>
    chooseTarget(
      named,
      {
        environment: undefined,
        readProjectDevice: () => Promise.resolve(undefined),
        browse: never,
        pick: null,
        note: never,
        ...sources,
      },
      signal,
    ).then(({ text }) => text);
  const finding =
    (...found: readonly BrowsedDevice[]): TargetSources['browse'] =>
    (_signal, onChange) => {
      for (let i = 1; i <= found.length; i++) onChange?.(found.slice(0, i));
      return Promise.resolve(found);
    };

  it('asks nothing else where the command line names it', async () => {
    assert.equal(await choose({ readProjectDevice: never }, 'attic'), 'attic');
  });

  it('takes OS_DEVICE before the device of the project, and that before the network', async () => {
    assert.equal(await choose({ environment: 'shop', readProjectDevice: never }), 'shop');
    const readProjectDevice = (): Promise<string> => Promise.resolve('attic');
    assert.equal(await choose({ environment: '', readProjectDevice }), 'attic');
  });

  it('says where a name comes from that is none, or that is several where one is meant', async () => {
    await assert.rejects(choose({ environment: 'kitchen,hall', readProjectDevice: never }), {
      code: 'usage',
      message: 'OS_DEVICE: not a device: "kitchen,hall": one device is meant here, not several',
    });
    const readProjectDevice = (): Promise<string> => Promise.resolve('@shop');
    await assert.rejects(choose({ readProjectDevice }), {
      message: 'device in os.yml: not a device: "@shop": one device is meant here, not several',
    });
  });

  it('takes the only one on the network, and says which', async () => {
    const notes: string[] = [];
    const note = (text: string): void => void notes.push(text);
    assert.equal(await choose({ browse: finding(attic), note }), 'attic.local');
    const pick: DevicePicker = async (search, innerSignal) => (await search(innerSignal))[0];
    assert.equal(await choose({ browse: finding(shop), note, pick }), 'shop.local');
    assert.deepEqual(notes, [
      'using attic, the only device that answers',
      'using shop, the only device that answers',
    ]);
  });

  it('names those that it found where several answer and nobody can be asked', async () => {
    await assert.rejects(choose({ browse: finding(shop, attic) }), {
      code: 'device-not-named',
      message: 'several devices answer: shop, attic',
    });
  });

  it('names an emulated device as it was made', async () => {
    const kitchen = { ...deviceAt('63ec46c.local', '10.213.0.2'), name: 'kitchen' };
    await assert.rejects(choose({ browse: finding(shop, kitchen) }), {
      message: 'several devices answer: shop, kitchen',
    });
  });

  it('says so where nothing answers, with and without a person', async () => {
    const refusal = { code: 'device-not-found', message: 'no device answers on this network' };
    await assert.rejects(choose({ browse: finding() }), refusal);
    await assert.rejects(choose({ browse: finding(), pick: () => Promise.resolve(undefined) }), refusal);
  });

  it('shows a person what is found while the search goes on', async () => {
    const seen: number[] = [];
    const pick: DevicePicker = async (search, within) => {
      const found = await search(within, devices => seen.push(devices.length));
      return found[1];
    };
    assert.equal(await choose({ browse: finding(shop, attic), pick }), 'attic.local');
    assert.deepEqual(seen, [1, 2]);
  });

  it('takes one of two devices of one name by its address', async () => {
    const pick: DevicePicker = async (search, within) => (await search(within))[1];
    assert.equal(await choose({ browse: finding(shop, otherShop), pick }), '10.0.0.3');
  });
});
