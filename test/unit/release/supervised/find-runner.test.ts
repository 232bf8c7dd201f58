import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import {
  findRunner,
  differsFromTarget,
  type GivenRunner,
} from '../../../../src/release/supervised/find-runner.ts';
import { planMove } from '../../../../src/release/move/move-runner.ts';
import type { SupervisorAccess } from '../../../../src/release/supervised/supervisor-access.ts';
import type { CurrentTarget } from '../../../../src/supervisor/target/target-state.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';
import { passTime } from '../../../support/pass-time.ts';

describe('the runner of a project that a push finds', () => {
  let engine: FakeEngine;
  let readTarget: (signal: AbortSignal) => Promise<CurrentTarget>;
  const given = (id: string) => (): Promise<CurrentTarget> =>
    Promise.resolve({
      ...{ name: 'kitchen', config: {} },
      apps: new Map([[id, { name: 'shop', services: ['web'] }]]),
    });
  const find = (signal = new AbortController().signal): Promise<GivenRunner> =>
    findRunner(
      engine.asEngine(),
      'shop',
      () => ({
        stableId: word => (word === 'app shop' ? 7 : assert.fail(word)),
        supervisor: { readTarget: within => readTarget(within) } as SupervisorAccess['supervisor'],
      }),
      signal,
    );
  const start = async (name: string, Labels: Readonly<Record<string, string>> = {}): Promise<void> =>
    engine.startContainer(await engine.createContainer(name, { Image: 'busybox', Labels, HostConfig: {} }));
  const ours = {
    ...{ [composeLabels.project]: 'shop', [composeLabels.service]: 'web', [ourLabels.made]: '1' },
  };

  beforeEach(() => {
    engine = new FakeEngine();
    engine.addImage('busybox');
    readTarget = () => assert.fail('no supervisor is asked');
  });

  it('is a supervisor that was given it and has made no container of it: leaving that is a move without volumes', async () => {
    await start('balena_supervisor');
    readTarget = given('7');
    const present = await find();
    assert.deepEqual(present, {
      ...{ runner: 'supervisor', isGiven: true, volumes: [], image: '', services: [] },
    });
    assert.equal(planMove('shop', present, 'supervisor'), undefined);
    assert.deepEqual(planMove('shop', present, 'engine'), {
      ...{ project: 'shop', from: 'supervisor', to: 'engine', volumes: [], image: '', copies: [] },
    });
  });

  it('is none where the supervisor was given another project, or does not answer', async () => {
    await start('balena_supervisor');
    for (const answer of [
      given('9'),
      () => Promise.reject(new OsError('device-unreachable', 'port 48484: refused')),
      (signal: AbortSignal) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        }),
    ]) {
      readTarget = answer;
      const { runner, isGiven } = await passTime(find);
      assert.deepEqual([runner, isGiven], [undefined, false]);
    }
  });

  it('is found without asking a supervisor where it has containers, or no supervisor runs', async () => {
    assert.equal((await find()).runner, undefined);
    await start('balena_supervisor');
    await start('shop-web-1', ours);
    assert.equal((await find()).runner, 'engine');
    await start('web_1_1_abc', { ...ours, 'io.balena.supervised': 'true' });
    const { runner, isGiven } = await find();
    assert.deepEqual([runner, isGiven], ['supervisor', false]);
  });

  it('is not looked for any longer after Ctrl-C', async () => {
    await start('balena_supervisor');
    const interruption = new AbortController();
    readTarget = () => {
      interruption.abort(new OsError('interrupted', 'interrupted'));
      return Promise.reject(new OsError('connection-lost', 'cut off'));
    };
    await assert.rejects(find(interruption.signal), { code: 'interrupted' });
  });

  it('has another target where that lacks the project, or has another release than its containers', async () => {
    const supervised = { ...ours, 'io.balena.supervised': 'true', 'io.balena.app-id': '7' };
    const isOther = (apps: CurrentTarget['apps']): Promise<boolean> =>
      differsFromTarget(engine.asEngine(), 'shop', { apps }, new AbortController().signal);
    const app = { name: 'shop', services: ['web'] };
    await start('shop-db-1', ours);
    assert.equal(await isOther(new Map()), false);
    await start('web_1_1_aaaaaaaaaaaa', supervised);
    assert.equal(await isOther(new Map()), true);
    assert.equal(await isOther(new Map([['7', app]])), false);
    assert.equal(await isOther(new Map([['7', { ...app, commit: 'aaaaaaaaaaaa' }]])), false);
    assert.equal(await isOther(new Map([['7', { ...app, commit: 'bbbbbbbbbbbb' }]])), true);
    engine.containers.clear();
    // A version whose names have no commit.
    await start('web_1_1', supervised);
    assert.equal(await isOther(new Map([['7', { ...app, commit: 'bbbbbbbbbbbb' }]])), false);
  });
});
