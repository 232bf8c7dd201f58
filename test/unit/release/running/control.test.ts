import assert from 'node:assert/strict';
import { composeLabels } from '../../../../src/release/desired/labels.ts';
import { controlServices, type Action } from '../../../../src/release/running/control.ts';
import { desire } from '../../../support/composition.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';
import { read } from '../../../support/read-files.ts';

const compose = `services:
  vpn: {image: a}
  app: {image: a, network_mode: "service:vpn", depends_on: [vpn]}
  log: {image: a, pid: "service:app"}
  job: {image: a, depends_on: {vpn: {condition: service_started, restart: true}}}
  web: {image: a, depends_on: [vpn]}
`;

/** Controls `names` of the project, of which all but `job` run; returns the services that were. */
async function control(action: Action, names: readonly string[]): Promise<string[]> {
  const { signal } = new AbortController();
  const engine = new FakeEngine();
  engine.addImage('a');
  const { project, services } = await desire(await read({ 'compose.yaml': compose }));
  for (const { service, containerName, body } of services) {
    const id = await engine.createContainer(containerName, body);
    assert.equal(body.Labels[composeLabels.service], service);
    if (service !== 'job') await engine.startContainer(id);
  }
  const controlled = await controlServices(engine.asEngine(), action, { project, services: names, signal });
  return controlled.map(({ service }) => service);
}

describe('a service that is restarted', () => {
  it('takes those with it that share its network or processes, and run', async () => {
    assert.deepEqual(await control('restart', ['vpn']), ['vpn', 'app', 'log']);
    assert.deepEqual(await control('restart', ['app']), ['app', 'log']);
    assert.deepEqual(await control('restart', ['web']), ['web']);
  });

  it('is alone where it is stopped', async () => {
    assert.deepEqual(await control('stop', ['vpn']), ['vpn']);
  });
});
