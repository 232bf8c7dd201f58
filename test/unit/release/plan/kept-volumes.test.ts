import assert from 'node:assert/strict';
import { findKeptVolumes } from '../../../../src/release/plan/kept-volumes.ts';
import { desire, mount, project, service, volume } from '../../../support/composition.ts';
import { PlannedDevice } from '../../../support/planned-device.ts';
import { read } from '../../../support/read-files.ts';

const name = 'a'.repeat(64);

/** The places of anonymous volumes that a new container of the service `web` with these lines keeps. */
async function keptOf(
  places: readonly string[],
  lines: string,
  imageVolumes: readonly string[] | 'unknown' = ['/var/lib/data/'],
): Promise<string[]> {
  const volumes = 'volumes: {data: {}}';
  const files = { 'compose.yaml': `services:\n  web:\n    image: db\n    ${lines}\n${volumes}\n` };
  const { services } = await desire(await read(files));
  const old = { mounts: places.map(destination => ({ type: 'volume', name, destination })) };
  assert.ok(services[0]);
  const known = imageVolumes === 'unknown' ? undefined : imageVolumes;
  return findKeptVolumes(old, services[0].body, known).map(({ destination }) => destination);
}

describe('an anonymous volume of the old container', () => {
  it('is kept where the image or the service has a volume without a name', async () => {
    assert.deepEqual(await keptOf(['/var/lib/data'], 'init: true'), ['/var/lib/data']);
    assert.deepEqual(await keptOf(['/cache', '/var/lib/data'], 'volumes: [/cache]'), [
      '/cache',
      '/var/lib/data',
    ]);
  });

  it('makes place for what the service mounts there by now', async () => {
    const mounts = [
      'volumes: ["data:/var/lib/data"]',
      'volumes: ["/mnt/disk:/var/lib/data:ro"]',
      'volumes: [{type: bind, source: /mnt, target: /var/lib/data/, bind: {create_host_path: false}}]',
      'tmpfs: /var/lib/data',
    ];
    for (const lines of mounts) {
      assert.deepEqual(await keptOf(['/var/lib/data'], lines), [], lines);
      assert.deepEqual(await keptOf(['/var/lib/data'], lines, 'unknown'), [], lines);
    }
  });

  it('does not keep a push from mounting a volume with a name there', async () => {
    const device = new PlannedDevice();
    const withVolume = (key: string, volumeName: string): ReturnType<typeof project> =>
      project([service('web', { mounts: [mount(key)] })], { volumes: [volume(key, { name: volumeName })] });
    await device.push(withVolume('anonymous', name));
    await device.push(withVolume('data', 'shop_data'));
    const [container] = await device.fake.listContainers({});
    assert.deepEqual(
      container?.mounts.map(it => it.name),
      ['shop_data'],
    );
  });

  it('is not kept where neither has a volume any more', async () => {
    assert.deepEqual(await keptOf(['/cache', '/var/lib/data'], 'init: true'), ['/var/lib/data']);
    assert.deepEqual(await keptOf(['/var/lib/data'], 'init: true', []), []);
  });

  it('is told to be kept while it is not known what the image has', async () => {
    const lines = 'init: true';
    assert.deepEqual(await keptOf(['/cache'], lines, 'unknown'), ['/cache']);
  });
});
