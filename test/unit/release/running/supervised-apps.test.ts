import assert from 'node:assert/strict';
import type { ContainerDetails, ContainerSummary } from '../../../../src/engine/objects.ts';
import { listSupervisedServices } from '../../../../src/release/running/supervised-apps.ts';
import { runnerOf } from '../../../../src/release/running/supervisor.ts';

const container = (id: string, labels: Record<string, string>): ContainerSummary =>
  ({
    id,
    name: id,
    labels,
    state: 'running',
    status: 'Up',
    image: 'a',
    ports: [],
  }) as unknown as ContainerSummary;

const supervised = {
  'io.balena.supervised': 'true',
  'io.balena.app-id': '1',
  'io.balena.service-name': 'main',
};

const engine = {
  listContainers: () =>
    Promise.resolve([
      container('main_1_1_c', supervised),
      container('web_2_1_c', { ...supervised, 'com.docker.compose.project': 'shop' }),
    ]),
  getContainer: () =>
    Promise.resolve({ environment: { BALENA_APP_NAME: 'localapp' } } as unknown as ContainerDetails),
};
const { signal } = new AbortController();

describe('what another tool gave the supervisor to run', () => {
  it('is listed with the name of its app as the project, and nothing that os pushed is among it', async () => {
    const services = await listSupervisedServices(engine, undefined, signal);
    assert.deepEqual(
      services.map(({ project, service, container: name, appId }) => [project, service, name, appId]),
      [['localapp', 'main', 'main_1_1_c', '1']],
    );
    assert.deepEqual(await listSupervisedServices(engine, 'shop', signal), []);
    assert.equal((await listSupervisedServices(engine, 'localapp', signal)).length, 1);
  });
});

describe('the runner of a project', () => {
  it('is told by the labels of its containers', () => {
    assert.equal(runnerOf([]), undefined);
    assert.equal(runnerOf([container('a', {})]), 'engine');
    assert.equal(runnerOf([container('a', supervised)]), 'supervisor');
  });
});
