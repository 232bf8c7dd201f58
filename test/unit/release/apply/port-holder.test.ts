import assert from 'node:assert/strict';
import type { ContainerSummary } from '../../../../src/engine/objects.ts';
import { findPortHolder } from '../../../../src/release/apply/port-holder.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';

describe('the holder of a port that a push wants', () => {
  const hintOf = async (
    containers: readonly Partial<ContainerSummary>[],
    port = '8080/tcp',
  ): Promise<string | undefined> => {
    const fake = new FakeEngine();
    fake.listContainers = () =>
      Promise.resolve(
        containers.map(it => ({ ...{ ports: [], labels: {}, state: 'running' }, ...it }) as ContainerSummary),
      );
    const details = { environment: { BALENA_APP_NAME: 'localapp' }, labels: {} };
    fake.getContainer = (() => Promise.resolve(details)) as unknown as typeof fake.getContainer;
    const plan = { publishedPorts: [port], containerName: 'shop-web-1', project: 'shop', service: 'web' };
    return await findPortHolder(fake.asEngine(), plan);
  };
  const ports = [{ privatePort: 80, publicPort: 8080, address: '0.0.0.0', protocol: 'tcp' }];

  it('is named with its app and the push that replaces it, where another tool gave it to the supervisor', async () => {
    const labels = { 'io.balena.supervised': 'true', 'io.balena.app-id': '1' };
    assert.equal(
      await hintOf([{ name: 'main_1_1_10ca12e1ea5e', labels, ports }]),
      'port 8080 is published by main_1_1_10ca12e1ea5e of localapp, which another tool gave the supervisor to run: `os push DEVICE --runner supervisor --take-over` replaces it, or publish another port',
    );
  });

  it('is named with the command that ends it, where os did not make it', async () => {
    assert.equal(
      await hintOf([{ name: 'proxy', ports }]),
      'port 8080 is published by proxy, which os did not make: `os ssh DEVICE -- balena-engine stop proxy` ends it, or publish another port',
    );
  });

  it('is the supervisor, the SSH server or the engine, for a port that the device itself listens on', async () => {
    const supervisor = { name: 'balena_supervisor' };
    assert.equal(
      await hintOf([supervisor], '48484/tcp'),
      'port 48484 belongs to balena_supervisor: publish another port',
    );
    assert.match((await hintOf([], '22222/tcp')) ?? '', /^port 22222 belongs to the device's SSH server/);
    assert.equal(await hintOf([], '48484/tcp'), undefined);
    assert.equal(await hintOf([supervisor], '48484/udp'), undefined);
  });

  it('is never the container that the service already has', async () => {
    assert.equal(await hintOf([{ name: 'shop-web-1', ports }]), undefined);
    const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' };
    assert.equal(await hintOf([{ name: '0123456789ab_shop-web-1', labels, ports }]), undefined);
  });
});
