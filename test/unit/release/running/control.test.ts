import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
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

const { signal } = new AbortController();

/** An engine on which all services of the project but `job` run. */
async function openRunning(): Promise<{ readonly engine: FakeEngine; readonly project: string }> {
  const engine = new FakeEngine();
  engine.addImage('a');
  const { project, services } = await desire(await read({ 'compose.yaml': compose }));
  for (const { service, containerName, body } of services) {
    const id = await engine.createContainer(containerName, body);
    assert.equal(body.Labels[composeLabels.service], service);
    if (service !== 'job') await engine.startContainer(id);
  }
  engine.calls.length = 0;
  return { engine, project };
}

/** Controls `names` of the project; returns the services that were. */
async function control(action: Action, names: readonly string[]): Promise<string[]> {
  const { engine, project } = await openRunning();
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

describe('the services of a project', () => {
  it('are started after those that they depend on, and one that is paused goes on', async () => {
    const { engine, project } = await openRunning();
    for (const container of engine.containers.values())
      container.state = container.name.includes('-vpn-') ? 'paused' : 'exited';
    await controlServices(engine.asEngine(), 'start', { project, services: [], signal });
    const started = engine.calls.map(call => call.replace(/-1$/, ''));
    assert.equal(started[0], `unpause ${project}-vpn`);
    assert.deepEqual(
      [...started].sort(),
      ['app', 'job', 'log', 'web'].map(it => `start ${project}-${it}`).concat(`unpause ${project}-vpn`),
    );
  });

  it('are stopped before those that they depend on', async () => {
    const { engine, project } = await openRunning();
    await controlServices(engine.asEngine(), 'stop', { project, services: [], signal });
    assert.equal(engine.calls.at(-1), `stop ${project}-vpn-1`);
    assert.equal(engine.calls.filter(call => call.startsWith('stop ')).length, 5);
  });

  it('are restarted, all of them where none is named', async () => {
    const { engine, project } = await openRunning();
    await controlServices(engine.asEngine(), 'restart', { project, services: [], signal });
    assert.equal(engine.calls.filter(call => call.startsWith('restart ')).length, 5);
    engine.calls.length = 0;
    await controlServices(engine.asEngine(), 'restart', { project, services: ['web'], signal });
    assert.deepEqual(engine.calls, [`restart ${project}-web-1`]);
  });

  it('stay as they are once the command is interrupted', async () => {
    const { engine, project } = await openRunning();
    const interrupted = AbortSignal.abort(new OsError('interrupted', 'interrupted'));
    const request = { project, services: [], signal: interrupted };
    await assert.rejects(controlServices(engine.asEngine(), 'stop', request), { code: 'interrupted' });
    assert.deepEqual(engine.calls, []);
  });
});
