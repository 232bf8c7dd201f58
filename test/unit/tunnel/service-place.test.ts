import assert from 'node:assert/strict';
import type { ContainerSummary } from '../../../src/engine/objects.ts';
import { findPublishedPort, findServicePlace } from '../../../src/tunnel/service-place.ts';

const container = (id: string, more: Partial<ContainerSummary> = {}): ContainerSummary => ({
  ...{ id, name: `shop-${id}-1`, image: 'i', imageId: 'i', labels: {}, state: 'running', status: 'Up' },
  ...{ createdS: 0, ports: [], mounts: [], networks: [], networkMode: 'shop_default', addresses: [] },
  ...more,
});

describe('the network of a service', () => {
  it('is its own one with its addresses, its own one without, or that of the host', () => {
    const web = container('web', { addresses: ['172.18.0.2', 'fd00::2'] });
    assert.deepEqual(findServicePlace(web, []), { kind: 'addresses', addresses: web.addresses, id: 'web' });
    const none = container('none', { networkMode: 'none' });
    assert.deepEqual(findServicePlace(none, []), { kind: 'namespace', id: 'none' });
    assert.deepEqual(findServicePlace(container('h', { networkMode: 'host' }), []), { kind: 'host' });
  });

  it('is that of the container whose network it shares, also over several', () => {
    const web = container('web', { addresses: ['172.18.0.2'] });
    const side = container('side', { networkMode: 'container:web' });
    const third = container('third', { networkMode: 'container:shop-side-1' });
    const place = { kind: 'addresses', addresses: ['172.18.0.2'], id: 'web' };
    assert.deepEqual(findServicePlace(third, [web, side, third]), place);
  });

  it('is refused where the container that it shares it with is gone, or they share it in a circle', () => {
    const side = container('side', { networkMode: 'container:web' });
    assert.throws(() => findServicePlace(side, [side]), { code: 'service-failed', message: /shop-side-1/ });
    const web = container('web', { networkMode: 'container:side' });
    assert.throws(() => findServicePlace(side, [side, web]), { code: 'service-failed' });
  });
});

describe('the port at which a device publishes one of a service', () => {
  const published = (address: string | null, protocol = 'tcp'): ContainerSummary =>
    container('web', { ports: [{ privatePort: 80, publicPort: 8080, address, protocol }] });

  it('is the one on its network, over TCP, and none that only the device itself reaches', () => {
    assert.equal(findPublishedPort(published('0.0.0.0'), 80), 8080);
    assert.equal(findPublishedPort(published(null), 80), 8080);
    assert.equal(findPublishedPort(published('127.0.0.1'), 80), undefined);
    assert.equal(findPublishedPort(published('0.0.0.0', 'udp'), 80), undefined);
    assert.equal(findPublishedPort(published('0.0.0.0'), 81), undefined);
  });

  it('is the same with the network of the host', () => {
    assert.equal(findPublishedPort(container('h', { networkMode: 'host' }), 81), 81);
  });
});
