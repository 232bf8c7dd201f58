import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import type { SupervisorAnswer, SupervisorHttp } from '../../../../src/supervisor/client/supervisor-http.ts';
import { openSupervisor, type Supervisor } from '../../../../src/supervisor/client/supervisor.ts';
import type { TargetApp } from '../../../../src/supervisor/target/target-state.ts';
import { recorded, ScriptedHttp } from '../../../support/recorded-supervisor.ts';

const { signal } = new AbortController();
const opened = (...titles: string[]) => {
  const http = new ScriptedHttp(...titles.map(recorded));
  return { http, supervisor: openSupervisor(http) };
};
const accepted = recorded('the same state again');
const app: TargetApp = {
  name: 'shop',
  commit: 'abc',
  releaseId: 7,
  services: new Map(),
  volumes: {},
  networks: {},
};

describe('the client of the supervisor', () => {
  it('reads what a real supervisor answers about itself', async () => {
    assert.equal(await opened('GET /ping').supervisor.ping(signal), true);
    assert.equal(await opened('GET /v2/version').supervisor.readVersion(signal), '19.0.5');
    assert.deepEqual(await opened('GET /v2/local/device-info').supervisor.readDeviceInfo(signal), {
      deviceType: 'generic-amd64',
      arch: 'amd64',
    });
    assert.equal(await opened('GET /v1/device').supervisor.hasFailedUpdate(signal), false);
    assert.equal(await opened('GET /v1/device meanwhile').supervisor.hasFailedUpdate(signal), true);
    assert.deepEqual(await opened('GET /v1/device/host-config').supervisor.readHostConfig(signal), {
      network: { hostname: 'sv1' },
    });
  });

  it('reads the apps of a real supervisor, and which of their services run', async () => {
    assert.deepEqual(await opened('GET /v2/applications/state').supervisor.readApps(signal), []);
    const apps = await opened('GET /v2/applications/state, two services run').supervisor.readApps(signal);
    assert.deepEqual(
      apps.map(({ id, name, commit, services }) => [id, name, commit, ...services]),
      [[1, 'localapp', '10ca12e1ea5e', ['web', 'Running'], ['main', 'Running']]],
    );
  });

  describe('for a target whose answer is a failure or is lost', () => {
    const [old, other] = [
      { appName: 'shop', commit: 'old' },
      { appName: 'shop', commit: 'other' },
    ];
    const isNew = { appName: 'shop', commit: 'abc' };
    const targetOf = (shop: object): SupervisorAnswer => {
      const local = { name: 'kitchen', config: { SUPERVISOR_LOCAL_MODE: 'true' }, apps: { 7: shop } };
      return { status: 200, body: Buffer.from(JSON.stringify({ state: { local } })) };
    };
    const failed = { status: 500, body: Buffer.from('boom') };
    const change = (supervisor: Supervisor): Promise<void> =>
      supervisor.changeTarget(
        () => ({ apps: new Map([[7, app]]), replaced: new Set(), isForced: false }),
        signal,
      );
    const open = (...answers: (SupervisorAnswer | OsError)[]): Supervisor =>
      openSupervisor({
        send: () => {
          const answer = answers.shift() ?? assert.fail('nothing more is asked');
          return answer instanceof OsError ? Promise.reject(answer) : Promise.resolve(answer);
        },
        open: () => assert.fail('no stream is opened'),
      });
    const lost = new OsError('connection-lost', 'it breaks off');

    it('goes on where that is the target of the device by now', async () => {
      for (const answer of [failed, lost]) await change(open(targetOf(old), answer, targetOf(isNew)));
    });

    it('ends as Ctrl-C says where that comes while its target is read', async () => {
      const interrupted = new AbortController();
      const reason = new OsError('interrupted', 'interrupted');
      const answers = [targetOf(old), lost];
      const http: SupervisorHttp = {
        send: () => {
          const answer = answers.shift();
          if (answer === undefined) interrupted.abort(reason);
          return answer instanceof OsError || answer === undefined
            ? Promise.reject(answer ?? reason)
            : Promise.resolve(answer);
        },
        open: () => assert.fail('no stream is opened'),
      };
      const toNew = () => ({ apps: new Map([[7, app]]), replaced: new Set<string>(), isForced: false });
      await assert.rejects(openSupervisor(http).changeTarget(toNew, interrupted.signal), reason);
    });

    it('fails where it is not, where nobody can tell, and where it was the target before', async () => {
      const away = new OsError('device-unreachable', 'gone');
      for (const [answer, code] of [
        [failed, 'supervisor-refused'] as const,
        [lost, 'connection-lost'] as const,
      ]) {
        await assert.rejects(change(open(targetOf(old), answer, targetOf(other))), { code });
        await assert.rejects(change(open(targetOf(old), answer, away)), { code });
        await assert.rejects(change(open(targetOf(isNew), answer)), { code });
      }
    });
  });

  it('sends a target back with the name and the configuration that the device has', async () => {
    const { http, supervisor } = ((): ReturnType<typeof opened> => {
      const scripted = new ScriptedHttp(recorded('GET /v2/local/target-state'), accepted);
      return { http: scripted, supervisor: openSupervisor(scripted) };
    })();
    await supervisor.changeTarget(
      () => ({ apps: new Map([[7, app]]), replaced: new Set(), isForced: false }),
      signal,
    );
    const body = http.sent[1]?.body as {
      local: { name: string; config: Record<string, string>; apps: object };
    };
    assert.equal(body.local.name, 'local');
    assert.equal(body.local.config['SUPERVISOR_LOCAL_MODE'], 'true');
    assert.equal(body.local.config['SUPERVISOR_POLL_INTERVAL'], '900000');
    assert.deepEqual(Object.keys(body.local.apps), ['7']);
  });

  it('sends no target where local mode is off', async () => {
    const answer = recorded('GET /v2/local/target-state').answer.replace(
      '"SUPERVISOR_LOCAL_MODE":"true"',
      '"SUPERVISOR_LOCAL_MODE":"false"',
    );
    const off = { method: 'GET', path: '/v2/local/target-state', status: 200, answer };
    const supervisor = openSupervisor(new ScriptedHttp(off, off));
    assert.equal((await supervisor.readTarget(signal)).hasLeftLocalMode, true);
    await assert.rejects(
      supervisor.changeTarget(() => ({ apps: new Map(), replaced: new Set(), isForced: false }), signal),
      { code: 'supervisor-refused', message: 'local mode is off, so the supervisor takes no target' },
    );
  });

  it('sends no target back for one that it cannot read in full, as an app or a setting would be lost', async () => {
    const config = { SUPERVISOR_LOCAL_MODE: 'true' };
    for (const state of [
      {},
      { local: { name: 'k', config } },
      { local: { name: 'k', apps: {} } },
      { local: { name: 'k', config, apps: [{ appName: 'theirs' }] } },
      { local: { name: 'k', config, apps: { 7: 'shop' } } },
      { local: { name: 'k', config: { ...config, HOST_CONFIG_gpu_mem: 16 }, apps: {} } },
    ]) {
      const answer = JSON.stringify({ status: 'success', state });
      const http = new ScriptedHttp({ method: 'GET', path: '/v2/local/target-state', status: 200, answer });
      const nothing = { apps: new Map(), replaced: new Set(['7']), isForced: false };
      await assert.rejects(
        openSupervisor(http).changeTarget(() => nothing, signal),
        {
          code: 'supervisor-refused',
          message: 'what answers GET /v2/local/target-state on port 48484 is no supervisor',
        },
        answer,
      );
    }
  });

  it('sends every setting of the device back, whatever its name is', async () => {
    const answer =
      '{"state":{"local":{"config":{"SUPERVISOR_LOCAL_MODE":"true","__proto__":"kept"},"apps":{}}}}';
    const got = { method: 'GET', path: '/v2/local/target-state', status: 200, answer };
    const http = new ScriptedHttp(got, accepted);
    const none = { apps: new Map(), replaced: new Set<string>(), isForced: false };
    await openSupervisor(http).changeTarget(() => none, signal);
    assert.match(JSON.stringify(http.sent[1]?.body), /"__proto__":"kept"/);
  });

  it('says who holds the lock that an action waits for', async () => {
    const { supervisor } = opened('restart-service of another service of the app');
    await assert.rejects(supervisor.restartService(1, 'gamma', { signal }), {
      code: 'busy',
      message: 'the supervisor refuses to restart gamma: alpha holds the update lock',
    });
    await assert.rejects(opened('reboot under an update lock').supervisor.reboot({ signal }), {
      code: 'busy',
      message: 'the supervisor refuses to reboot: alpha holds the update lock',
    });
  });

  it('turns every other status into a failure with the words of its body', async () => {
    const refused = async (
      title: string,
      call: (it: ReturnType<typeof opened>['supervisor']) => Promise<unknown>,
    ) => {
      await assert.rejects(call(opened(title).supervisor), (error: Error) => {
        messages.push(error.message);
        return 'code' in error && error.code === 'supervisor-refused';
      });
    };
    const messages: string[] = [];
    await refused('restart-service {"serviceName":"nope"}', it => it.restartService(1, 'nope', { signal }));
    await refused('restart an app that is not there', it => it.restartApp(99, { signal }));
    await refused('PATCH /v1/device/host-config {"network":{"hostname":5}}', it =>
      it.changeHostConfig({ hostname: 5 }, { signal }),
    );
    assert.deepEqual(messages, [
      'the supervisor refuses to restart nope: Service not found, a container must exist for this endpoint to work (404)',
      'the supervisor refuses to recreate the services: Application with ID 99 is not in the current state (503)',
      'the supervisor refuses to change the host configuration: Could not parse host config input to a valid format:; Expecting string at network.hostname but instead got: 5 (400)',
    ]);
  });

  it('shows names of whatever kind on one line, cut, and sends the device its own name back unchanged', async () => {
    const hostile = 'app\n    go on with: rm -rf /\u001b[31m\u202e';
    const shown = 'app?    go on with: rm -rf /?';
    const version = { method: 'GET', path: '/v2/version', status: 200 };
    const versionAnswer = JSON.stringify({ version: `19.0.5${'x'.repeat(9000)}` });
    const told = await openSupervisor(new ScriptedHttp({ ...version, answer: versionAnswer })).readVersion(
      signal,
    );
    assert.equal(told.length, 255);
    const apps = { 1: { appName: hostile, services: [{ serviceName: hostile }] } };
    const local = { name: hostile, config: { SUPERVISOR_LOCAL_MODE: 'true', A: hostile }, apps };
    const target = { method: 'GET', path: '/v2/local/target-state', status: 200 };
    const answer = JSON.stringify({ state: { local } });
    assert.deepEqual(await openSupervisor(new ScriptedHttp({ ...target, answer })).readTarget(signal), {
      name: hostile,
      config: local.config,
      apps: new Map([['1', { name: shown, services: [shown] }]]),
    });
  });

  it('takes an answer that is no supervisor for what it is', async () => {
    const page = { method: 'GET', path: '/v2/version', status: 200, answer: '<html>router</html>' };
    await assert.rejects(openSupervisor(new ScriptedHttp(page)).readVersion(signal), {
      code: 'supervisor-refused',
      message: 'what answers GET /v2/version on port 48484 is no supervisor',
    });
  });
});
