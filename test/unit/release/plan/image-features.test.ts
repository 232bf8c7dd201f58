import assert from 'node:assert/strict';
import type { DesiredRelease } from '../../../../src/release/desired/desired.ts';
import { withImageFeatures } from '../../../../src/release/plan/image-features.ts';
import { after, desire, mount, project, service } from '../../../support/composition.ts';
import { PlannedDevice } from '../../../support/planned-device.ts';

const label = (name: string): string => `io.balena.features.${name}`;

const withLabels = async (
  own: Parameters<typeof service>[1],
  labels: Readonly<Record<string, string>>,
): Promise<DesiredRelease> =>
  withImageFeatures(await desire(project([service('web', own)])), new Map([['busybox', { labels }]]));

const mountsOf = ({ services }: DesiredRelease): string[] =>
  (services[0]?.body.HostConfig.Mounts ?? []).map(({ Source, Target }) => `${Source}:${Target}`);

describe('features', () => {
  it('of an image count as those of its service do', async () => {
    const release = await withLabels({}, { [label('dbus')]: '1', [label('extra-firmware')]: '1' });
    assert.deepEqual(mountsOf(release), ['/run/dbus:/host/run/dbus']);
    assert.deepEqual(release.services[0]?.body.HostConfig.Binds, ['shop_extra-firmware:/extra-firmware:rw']);
    assert.deepEqual(
      release.volumes.map(({ name }) => name),
      ['shop_extra-firmware'],
    );
  });

  it('of an image are off where the service says so', async () => {
    const release = await withLabels({ labels: { [label('dbus')]: '0' } }, { [label('dbus')]: '1' });
    assert.deepEqual(mountsOf(release), []);
  });

  it('make another configuration, and leave it alone where the image has none', async () => {
    const plain = await desire(project([service('web')]));
    const hashOf = async (labels: Record<string, string>): Promise<string | undefined> =>
      (await withLabels({}, labels)).services[0]?.configHash;
    assert.equal(await hashOf({ other: '1' }), plain.services[0]?.configHash);
    assert.notEqual(await hashOf({ [label('sysfs')]: '1' }), plain.services[0]?.configHash);
  });

  it('mount nothing where the service mounts something itself', async () => {
    const sysfs = { features: ['sysfs' as const], mounts: [mount('data', '/sys')] };
    const release = await withLabels(sysfs, {});
    assert.deepEqual(mountsOf(release), []);
    assert.deepEqual(release.services[0]?.body.HostConfig.Binds, ['shop_data:/sys:rw']);
  });

  it('set no variable that the service sets', async () => {
    const socket = { features: ['balena-socket' as const], environment: { DOCKER_HOST: 'mine' } };
    assert.deepEqual((await withLabels(socket, {})).services[0]?.body['Env'], ['DOCKER_HOST=mine']);
  });
});

describe('a container', () => {
  it('has the aliases of its links, and the volumes of the services that it takes them from', async () => {
    const web = service('web', { links: ['db:database', 'db'], volumesFrom: ['db:ro', 'container:other'] });
    const release = await desire(project([service('db'), web]));
    const body = release.services[1]?.body;
    const [endpoint] = Object.values(body?.NetworkingConfig?.EndpointsConfig ?? {});
    assert.deepEqual(endpoint?.['Links'], ['shop-db-1:database']);
    assert.deepEqual(body?.HostConfig['VolumesFrom'], ['shop-db-1:ro', 'other']);
  });

  it('recreates what mounts the volumes of a service that is recreated, as it would keep the old ones', async () => {
    const device = new PlannedDevice();
    const sidecar = service('sidecar', { volumesFrom: ['web:ro'], dependsOn: [after('web')] });
    await device.push(project([service('web'), sidecar]));
    assert.match(
      await device.plan(project([service('web', { user: '1' }), sidecar])),
      /sidecar, after web has started: it mounts the volumes of web, which is recreated\n/,
    );
  });
});
