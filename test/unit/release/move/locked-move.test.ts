import assert from 'node:assert/strict';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import { moveProject } from '../../../../src/release/move/move-project.ts';
import { openSupervisor } from '../../../../src/supervisor/client/supervisor.ts';
import { lockHolderOf } from '../../../../src/supervisor/client/supervisor-failure.ts';
import { LockedSupervisor } from '../../../support/locked-supervisor.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { VolumeEngine } from '../../../support/volume-engine.ts';

describe('a project that is to leave a supervisor which fails because of an update lock', () => {
  it('is not stopped where the supervisor names the lock as its wait is to be ended', async () => {
    const engine = new VolumeEngine();
    engine.addVolume('7_data', 'kept');
    const Labels = {
      [composeLabels.project]: 'shop',
      [composeLabels.service]: 'web',
      [ourLabels.made]: '1',
      'io.balena.supervised': 'true',
      'io.balena.app-id': '7',
    };
    const HostConfig = { Binds: ['7_data:/data'] };
    const web = await engine.createContainer('web_1_1_abc', { Image: 'busybox', Labels, HostConfig });
    await engine.startContainer(web);
    const http = new LockedSupervisor(engine);
    http.hasFailed = true;
    const message = 'Lockfile exists for { appId: 7, service: web }';
    http.restartAnswer = { status: 423, body: Buffer.from(JSON.stringify({ status: 'failed', message })) };
    const { target } = http;
    const clock = new ManualClock();
    const warnings: string[] = [];
    const moved = moveProject(
      engine.asEngine(),
      {
        ...{ project: 'shop', from: 'supervisor', to: 'engine', image: 'busybox', volumes: ['7_data'] },
        copies: [{ from: '7_data', to: { Name: 'shop_data', Labels: {} } }],
      },
      { supervisor: openSupervisor(http), lockHolderOf },
      {
        ...{ appId: 7, overridesLocks: false, clock, signal: new AbortController().signal },
        onWarning: text => warnings.push(text),
        report: () => undefined,
      },
    );
    await assert.rejects(clock.passUntil(moved, 1000), {
      code: 'busy',
      message: 'the supervisor refuses to recreate the services: web holds the update lock',
      hint: 'the supervisor goes on running shop; --force overrides the lock',
    });
    assert.deepEqual(warnings, ['the supervisor was failing to apply its last target; its wait goes on']);
    assert.ok(!engine.calls.includes('stop web_1_1_abc'));
    assert.equal(http.target, target);
    assert.deepEqual(Object.fromEntries(engine.contents), { '7_data': 'kept' });
  });
});
