import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import type { PushEvent } from '../../../../src/release/apply/events.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import { readFormerApp, type FormerApp } from '../../../../src/release/move/former-app.ts';
import { moveProject } from '../../../../src/release/move/move-project.ts';
import type { Move } from '../../../../src/release/move/move-runner.ts';
import { openSupervisor } from '../../../../src/supervisor/client/supervisor.ts';
import { lockHolderOf } from '../../../../src/supervisor/client/supervisor-failure.ts';
import { writeApp } from '../../../../src/supervisor/target/write-app.ts';
import { mount, project, service } from '../../../support/composition.ts';
import { LockedSupervisor } from '../../../support/locked-supervisor.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { VolumeEngine } from '../../../support/volume-engine.ts';

describe('a project whose move between the engine and the supervisor fails', () => {
  const clock = new ManualClock();
  const shop = project([service('web', { mounts: [mount('data')] })]);
  const ours = {
    [composeLabels.project]: 'shop',
    [composeLabels.service]: 'web',
    [composeLabels.oneoff]: 'False',
    [composeLabels.configHash]: 'same',
    [ourLabels.made]: '1',
  };
  const supervised = { ...ours, 'io.balena.supervised': 'true', 'io.balena.app-id': '7' };
  const move: Move = {
    ...{ project: 'shop', from: 'supervisor', to: 'engine', image: 'busybox' },
    volumes: ['7_data'],
    copies: [{ from: '7_data', to: { Name: 'shop_data', Labels: {} } }],
  };
  let engine: VolumeEngine;
  let http: LockedSupervisor;
  let events: PushEvent[];
  let warnings: string[];

  const start = async (
    name: string,
    Labels: Readonly<Record<string, string>>,
    bind: string,
  ): Promise<void> => {
    const HostConfig = { Binds: [`${bind}:/data`] };
    await engine.startContainer(await engine.createContainer(name, { Image: 'busybox', Labels, HostConfig }));
  };
  const access = () => ({ supervisor: openSupervisor(http), lockHolderOf, writeApp, stableId: () => 7 });
  const former = (it = shop): Promise<FormerApp | undefined> =>
    readFormerApp(engine.asEngine(), it, access(), new AbortController().signal);
  const moveIt = async (
    asked: {
      readonly move?: Move;
      readonly signal?: AbortSignal;
      readonly former?: FormerApp | undefined;
    } = {},
  ): Promise<void> => {
    const { signal = new AbortController().signal } = asked;
    await clock.passUntil(
      moveProject(engine.asEngine(), asked.move ?? move, access(), {
        ...{ appId: 7, overridesLocks: false, clock, signal },
        former: 'former' in asked ? asked.former : await former(),
        onWarning: it => warnings.push(it),
        report: event => events.push(event),
      }),
      1000,
    );
  };
  const states = (): string[] => [...engine.containers.values()].map(({ name, state }) => `${name} ${state}`);

  beforeEach(async () => {
    [events, warnings] = [[], []];
    engine = new VolumeEngine();
    http = new LockedSupervisor(engine);
    engine.addVolume('7_data', 'kept');
    await start('web_1_1_abc', supervised, '7_data');
  });

  it('stays under the supervisor, also once the update lock that was in the way is released', async () => {
    const { name, config } = http.target;
    await assert.rejects(moveIt(), (error: OsError) => {
      assert.equal(error.code, 'busy');
      assert.equal(error.message, 'web holds the update lock, so that the supervisor waits');
      assert.equal(error.hint, 'the supervisor goes on running shop; --force overrides the lock');
      return true;
    });
    await http.release();
    assert.deepEqual(states(), ['web_1_1_abc running']);
    assert.deepEqual(Object.fromEntries(engine.contents), { '7_data': 'kept' });
    assert.deepEqual([http.target.name, http.target.config], [name, config]);
    assert.deepEqual(Object.keys(http.target.apps), ['7']);
    const [web] = Object.values(http.target.apps[7]?.services ?? {}) as { labels: Record<string, string> }[];
    assert.equal(web?.labels[composeLabels.configHash], 'same');
    assert.deepEqual(warnings, ['the supervisor is told to go on running shop, as the project is now']);
    assert.ok(events.some(it => it.type === 'service' && it.state === 'restored'));
  });

  it('stays under the supervisor after Ctrl-C in the wait for it', async () => {
    const interrupted = new AbortController();
    http.onPost = count => {
      if (count === 1) interrupted.abort(new OsError('interrupted', 'interrupted'));
      return undefined;
    };
    await assert.rejects(moveIt({ signal: interrupted.signal }), { code: 'interrupted' });
    await http.release();
    assert.deepEqual(states(), ['web_1_1_abc running']);
    assert.deepEqual([...engine.contents.keys()], ['7_data']);
  });

  it('keeps the copies of its volumes where the supervisor cannot be told so, and says how to go on', async () => {
    http.onPost = count => (count === 1 ? undefined : { status: 500, body: Buffer.from('no room') });
    await assert.rejects(moveIt(), { code: 'busy' });
    await http.release();
    assert.deepEqual(Object.fromEntries(engine.contents), {
      ...{ '7_data': 'kept', shop_data: 'kept' },
      'os-copied-shop_data': '',
    });
    assert.deepEqual(warnings, [
      'shop does not stay under the supervisor: the supervisor was told to remove it, and cannot be told to go on running it: ' +
        'the supervisor refuses to take the target: no room (500); its services stay stopped, and the copies of its volumes are ' +
        'complete and stay (7_data to shop_data); go on with: os push fake --runner engine --take-over --no-copy-volumes',
    ]);
    assert.ok(!events.some(it => it.type === 'service' && it.state === 'restored'));
  });

  it('keeps them too where the supervisor would not run it as the project is now', async () => {
    const bind = { type: 'bind', source: '/etc', target: '/host', isReadOnly: true } as never;
    assert.equal(await former(project([service('web', { mounts: [bind] })])), undefined);
    await assert.rejects(moveIt({ former: undefined }), { code: 'busy' });
    assert.deepEqual([...engine.contents.keys()].sort(), ['7_data', 'os-copied-shop_data', 'shop_data']);
    assert.match(warnings.join(), /would not run it as it is now; its services stay stopped/);
  });

  describe('while its device is out of reach', () => {
    let refusals: number;
    let refusal: OsError;

    beforeEach(() => {
      refusal = new OsError('connection-lost', 'still gone');
      engine.failure = { of: 'get', error: new OsError('connection-lost', 'the engine is gone') };
      const begin = engine.startContainer.bind(engine);
      engine.startContainer = id => {
        refusals -= 1;
        return refusals < 0 ? begin(id) : Promise.reject(refusal);
      };
    });

    it('is started again as soon as that is back', async () => {
      refusals = 5;
      await assert.rejects(moveIt(), { code: 'connection-lost', message: 'the engine is gone' });
      assert.deepEqual([states(), warnings], [['web_1_1_abc running'], []]);
    });

    it('is started again also by an engine that refuses it while it is restarted', async () => {
      [refusals, refusal] = [3, new OsError('engine-refused', 'database not open')];
      await assert.rejects(moveIt(), { message: 'the engine is gone' });
      assert.deepEqual([states(), warnings], [['web_1_1_abc running'], []]);
    });

    it('is said to be stopped where that does not come back, with the way on', async () => {
      refusals = Infinity;
      await assert.rejects(moveIt(), { code: 'connection-lost', message: 'the engine is gone' });
      assert.deepEqual(states(), ['web_1_1_abc exited']);
      assert.deepEqual(warnings, [
        'web of shop cannot be started again: still gone; go on with: os start fake',
      ]);
    });
  });

  it('is as before, without another target, where the supervisor refused the one without it', async () => {
    const { target } = http;
    http.onPost = () => ({ status: 500, body: Buffer.from('no') });
    await assert.rejects(moveIt(), { code: 'supervisor-refused' });
    assert.equal(http.target, target);
    assert.deepEqual([states(), warnings], [['web_1_1_abc running'], []]);
    assert.deepEqual([...engine.contents.keys()], ['7_data']);
  });

  it('is not made again while its data is copied, where the supervisor was failing to apply its target', async () => {
    http.hasFailed = true;
    http.onPost = () => {
      setImmediate(() => void http.release());
      return undefined;
    };
    await moveIt();
    const steps = engine.calls.filter(it => /^(restart|stop) /.test(it));
    assert.deepEqual(steps, ['restart the app', 'stop web_1_1_abc']);
    assert.deepEqual(warnings, ['the supervisor was failing to apply its last target; its wait is ended']);
    assert.equal(engine.contents.get('shop_data'), 'kept');
  });

  it('is made again at once where nothing is copied', async () => {
    http.hasFailed = true;
    await moveIt({ move: { ...move, copies: [] } });
    assert.deepEqual(states(), []);
    assert.ok(engine.calls.includes('restart the app'));
    assert.equal(engine.containers.size, 0);
  });

  it('is not stopped where the supervisor also runs what others gave it, which would be removed', async () => {
    http.target = { ...http.target, apps: { ...http.target.apps, 9: { name: 'theirs', services: {} } } };
    await assert.rejects(moveIt(), (error: OsError) => {
      assert.equal(error.code, 'usage');
      assert.equal(error.message, 'the supervisor also runs theirs, which would be removed too');
      assert.equal(error.hint, 'end theirs first, by the tool that gave it to the supervisor');
      return true;
    });
    assert.ok(!engine.calls.includes('stop web_1_1_abc'));
    assert.deepEqual([states(), warnings], [['web_1_1_abc running'], []]);
  });

  it('writes nothing while it is copied, also where a service was between two starts', async () => {
    const [web] = engine.containers.values();
    assert.ok(web !== undefined);
    web.state = 'restarting';
    await assert.rejects(moveIt(), { code: 'busy' });
    const steps = engine.calls.filter(it => it === 'stop web_1_1_abc' || it.startsWith('create volume'));
    assert.equal(steps[0], 'stop web_1_1_abc');
  });

  describe('as a service was started meanwhile', () => {
    const back: Move = {
      ...{ project: 'shop', from: 'engine', to: 'supervisor', image: 'busybox', volumes: ['shop_data'] },
      copies: [{ from: 'shop_data', to: { Name: '7_data', Labels: {} } }],
    };
    const started = {
      code: 'engine-conflict',
      message: 'web of shop was started while its volumes were copied: the copies lack what it wrote since',
    };
    const startWeb = async (): Promise<void> => {
      for (const { id, name } of engine.containers.values())
        if (!name.startsWith('os-copy-')) await engine.startContainer(id);
    };

    it('stays with all that this wrote, whether or not it has ended since', async () => {
      for (const ends of [false, true]) {
        engine = new VolumeEngine();
        engine.addVolume('shop_data', 'kept');
        await start('shop-web-1', ours, 'shop_data');
        const put = engine.putTar.bind(engine);
        engine.putTar = async (...request) => {
          await put(...request);
          await startWeb();
          const [web] = engine.containers.values();
          if (ends && web !== undefined) await engine.stopContainer(web.id);
        };
        await assert.rejects(moveIt({ move: back, former: undefined }), started);
        assert.deepEqual(states(), ['shop-web-1 running']);
        assert.deepEqual([...engine.contents.keys()], ['shop_data']);
      }
    });

    it('stays also where the supervisor was told to remove it already, and waits for an update lock', async () => {
      http.onPost = count => {
        if (count === 1) setImmediate(() => void startWeb());
        return undefined;
      };
      await assert.rejects(moveIt(), started);
      await http.release();
      assert.deepEqual(states(), ['web_1_1_abc running']);
      assert.deepEqual([...engine.contents.keys()], ['7_data']);
    });
  });

  it('names the services that the engine had removed already, with the way on', async () => {
    engine = new VolumeEngine();
    await start('shop-db-1', { ...ours, [composeLabels.service]: 'db' }, 'shop_data');
    await start('shop-web-1', ours, 'shop_data');
    engine.addVolume('shop_data', 'kept');
    const remove = engine.removeContainer.bind(engine);
    engine.removeContainer = id =>
      engine.containers.get(id)?.name === 'shop-db-1'
        ? Promise.reject(new OsError('connection-lost', 'lost'))
        : remove(id);
    const back: Move = {
      ...{ project: 'shop', from: 'engine', to: 'supervisor', image: 'busybox', volumes: ['shop_data'] },
      copies: [{ from: 'shop_data', to: { Name: '7_data', Labels: {} } }],
    };
    await assert.rejects(moveIt({ move: back, former: undefined }), { code: 'connection-lost' });
    assert.deepEqual(states(), ['shop-db-1 running']);
    assert.deepEqual(warnings, [
      'web of shop had been removed already; go on with: os push fake --runner engine',
    ]);
  });

  it('keeps the copies where the engine has removed all of its containers already', async () => {
    engine = new VolumeEngine();
    engine.addVolume('shop_data', 'kept');
    await start('shop-web-1', ours, 'shop_data');
    engine.listNetworks = () => Promise.reject(new OsError('connection-lost', 'the engine is gone'));
    const back: Move = {
      ...{ project: 'shop', from: 'engine', to: 'supervisor', image: 'busybox', volumes: ['shop_data'] },
      copies: [{ from: 'shop_data', to: { Name: '7_data', Labels: {} } }],
    };
    await assert.rejects(moveIt({ move: back, former: undefined }), { code: 'connection-lost' });
    assert.deepEqual(Object.fromEntries(engine.contents), {
      ...{ shop_data: 'kept', '7_data': 'kept' },
      'os-copied-7_data': '',
    });
    assert.match(warnings.join(), /engine has removed .*--runner supervisor --take-over --no-copy-volumes$/);
  });
});
