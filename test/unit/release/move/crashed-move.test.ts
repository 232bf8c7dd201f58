import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import { moveProject } from '../../../../src/release/move/move-project.ts';
import { openSupervisor } from '../../../../src/supervisor/client/supervisor.ts';
import type { SupervisorRequest } from '../../../../src/supervisor/client/supervisor-http.ts';
import { lockHolderOf } from '../../../../src/supervisor/client/supervisor-failure.ts';
import type { TargetApp } from '../../../../src/supervisor/target/target-state.ts';
import { LockedSupervisor } from '../../../support/locked-supervisor.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { VolumeEngine } from '../../../support/volume-engine.ts';

/** Breaks the connection once it has taken a target without apps; it then refuses `refusals` connections. */
class CrashingSupervisor extends LockedSupervisor {
  refusals = 0;
  #isAway = false;

  override async send(request: SupervisorRequest): ReturnType<LockedSupervisor['send']> {
    if (this.#isAway) {
      this.refusals -= 1;
      this.#isAway = this.refusals >= 0;
    }
    if (this.#isAway) throw new OsError('device-unreachable', 'the supervisor refuses the connection');
    const answer = await super.send(request);
    if (request.method !== 'POST' || Object.keys(this.target.apps).length > 0) return answer;
    this.#isAway = true;
    await this.release();
    throw new OsError('connection-lost', 'the supervisor breaks off');
  }
}

describe('a project that is to leave a supervisor which crashes once it has taken that', () => {
  const app: TargetApp = {
    ...{ name: 'shop', commit: 'abc', releaseId: 1, services: new Map(), volumes: {}, networks: {} },
  };

  async function move(refusals: number) {
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
    const http = new CrashingSupervisor(engine);
    http.refusals = refusals;
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
        ...{ former: { id: 7, app }, onWarning: text => warnings.push(text), report: () => undefined },
      },
    );
    await assert.rejects(clock.passUntil(moved, 1000), { code: 'connection-lost' });
    return { apps: Object.keys(http.target.apps), warnings: warnings.join(), engine };
  }

  it('is given back to it as soon as it answers again', async () => {
    const { apps, warnings, engine } = await move(8);
    assert.deepEqual(apps, ['7']);
    assert.equal(warnings, 'the supervisor is told to go on running shop, as the project is now');
    assert.deepEqual(Object.fromEntries(engine.contents), { '7_data': 'kept' });
  });

  it('keeps the copies of its data where it stays away, and says how to go on', async () => {
    const { apps, warnings, engine } = await move(Infinity);
    assert.deepEqual(apps, []);
    assert.match(
      warnings,
      /cannot be told to go on running it: the supervisor refuses the connection; .*go on/,
    );
    assert.equal(engine.contents.get('shop_data'), 'kept');
  });
});
