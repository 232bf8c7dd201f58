import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import { moveProject } from '../../../../src/release/move/move-project.ts';
import type { Move } from '../../../../src/release/move/move-runner.ts';
import { openSupervisor } from '../../../../src/supervisor/client/supervisor.ts';
import { lockHolderOf } from '../../../../src/supervisor/client/supervisor-failure.ts';
import { LockedSupervisor } from '../../../support/locked-supervisor.ts';
import { VolumeEngine } from '../../../support/volume-engine.ts';

describe('a project that another tool removes from the supervisor while its data is copied for the engine', () => {
  const move: Move = {
    ...{ project: 'shop', from: 'supervisor', to: 'engine', image: 'busybox' },
    volumes: ['7_data'],
    copies: [{ from: '7_data', to: { Name: 'shop_data', Labels: {} } }],
  };
  let engine: VolumeEngine;
  let http: LockedSupervisor;
  let warnings: string[];
  const moveIt = (): Promise<void> =>
    moveProject(
      engine.asEngine(),
      move,
      { supervisor: openSupervisor(http), lockHolderOf },
      {
        ...{ appId: 7, overridesLocks: false, signal: new AbortController().signal, former: undefined },
        onWarning: it => warnings.push(it),
        report: () => undefined,
      },
    );
  const copied = { '7_data': 'kept', shop_data: 'kept', 'os-copied-shop_data': '' };

  beforeEach(async () => {
    warnings = [];
    engine = new VolumeEngine();
    http = new LockedSupervisor(engine);
    engine.addVolume('7_data', 'kept');
    const Labels = {
      ...{ [composeLabels.project]: 'shop', [composeLabels.service]: 'web', [ourLabels.made]: '1' },
      ...{ 'io.balena.supervised': 'true', 'io.balena.app-id': '7' },
    };
    const HostConfig = { Binds: ['7_data:/data'] };
    await engine.startContainer(
      await engine.createContainer('web_1_1_abc', { Image: 'busybox', Labels, HostConfig }),
    );
    const put = engine.putTar.bind(engine);
    engine.putTar = async (...request) => {
      await put(...request);
      http.target = { ...http.target, apps: { 9: { name: 'theirs', services: {} } } };
      await http.release();
    };
  });

  it('goes on to the engine, and leaves the target of the other tool alone', async () => {
    let posts = 0;
    http.onPost = count => {
      posts = count;
      return undefined;
    };
    await moveIt();
    assert.deepEqual([posts, Object.keys(http.target.apps), warnings], [0, ['9'], []]);
    assert.deepEqual(Object.fromEntries(engine.contents), copied);
  });

  it('keeps the copies where it cannot go on, and says that the supervisor has removed it', async () => {
    const send = http.send.bind(http);
    http.send = request => {
      if (engine.containers.size > 0) return send(request);
      return Promise.reject(new OsError('device-unreachable', 'port 48484: refused'));
    };
    await assert.rejects(moveIt(), { code: 'device-unreachable' });
    assert.deepEqual(Object.fromEntries(engine.contents), copied);
    assert.deepEqual(warnings, [
      'shop does not stay under the supervisor: the supervisor has removed its containers; its services stay stopped, and the ' +
        'copies of its volumes are complete and stay (7_data to shop_data); go on with: os push fake --runner engine --take-over ' +
        '--no-copy-volumes',
    ]);
  });
});
