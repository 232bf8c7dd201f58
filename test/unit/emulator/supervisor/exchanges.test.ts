import assert from 'node:assert/strict';
import { readTarget } from '../../../../src/emulator/supervisor/target/read-target.ts';
import { Crash, InvalidTarget } from '../../../../src/emulator/supervisor/target/target.ts';
import { habitsOf } from '../../../../src/emulator/supervisor/versions.ts';
import { exchanges, recorded, type Exchange } from '../../../support/recorded-supervisor.ts';
import { serveStandIn, standInUuid as uuid } from '../../../support/served-stand-in.ts';

const posted = (version: string): Exchange[] =>
  exchanges.filter(
    it =>
      it.version === version &&
      it.method === 'POST' &&
      it.path === '/v2/local/target-state' &&
      it.body !== null,
  );

describe('the emulated supervisor', () => {
  it('reads each target that was recorded as the real one did, down to the words of its refusals', () => {
    const habits = habitsOf(19);
    let count = 0;
    for (const it of posted('19.0.5').filter(({ contentType }) => (contentType ?? '').includes('json'))) {
      let body: unknown;
      try {
        body = JSON.parse(it.body ?? '');
      } catch {
        continue;
      }
      if (it.status === 503) continue;
      count += 1;
      try {
        readTarget(body, { uuid, habits });
        assert.equal(it.status, 200, it.title);
      } catch (error) {
        if (error instanceof Crash) assert.equal(it.status, null, it.title);
        else if (error instanceof InvalidTarget) {
          assert.equal(it.status, 400, it.title);
          assert.deepEqual(JSON.parse(it.answer), { status: 'failed', message: error.message }, it.title);
        } else throw error;
      }
    }
    assert.ok(count > 25, count.toString());
  });

  it('answers reading requests as recorded', async () => {
    await using served = await serveStandIn(19);
    for (const title of [
      'GET /ping',
      'GET /v1/healthy',
      'GET /v2/version',
      'GET /v2/local/device-info',
      'GET /v2/applications/state',
      'GET /v2/containerId',
      'GET /v1/device/host-config',
      'GET /v2/device/name',
      'GET /v2/device/vpn',
      'GET /v2/device/tags',
      'GET /v2/state/status',
      'restart-service {}',
      'restart-service of app x',
      'restart-service of an app that is not there',
      'restart an app that is not there',
      'restart app 0',
      'purge of app x',
      'v1 purge without an app',
      'GET /v2/applications/99/state, two services run',
    ]) {
      const it = recorded(title);
      const { status, answer } = await served.ask(it);
      assert.deepEqual([status, answer], [it.status, it.answer], title);
    }
  });

  it('empties the device where a body is not sent as JSON, and 12 refuses it', async () => {
    await using served = await serveStandIn(19);
    const plain = recorded('text/plain: the same');
    const { body } = plain;
    const ask = { ...plain, body, contentType: 'application/json' };
    assert.equal((await served.ask(ask)).status, 200);
    assert.equal(served.standIn.options.stored.apps.length, 1);
    served.standIn.options.stored.apps = served.standIn.options.stored.apps.slice();
    assert.equal((await served.ask(plain)).status, 200);
    assert.deepEqual(served.standIn.options.stored.apps, []);
    await using old = await serveStandIn(12);
    const refused = await old.ask(plain);
    assert.deepEqual(
      [refused.status, refused.answer],
      [400, '{"status":"failed","message":"Local state must be an object"}'],
    );
  });

  it('dies of an app key that is no decimal, and 12 refuses it', async () => {
    const it = recorded('app key 01');
    await using served = await serveStandIn(19);
    await assert.rejects(served.ask(it));
    assert.equal(served.deaths(), 1);
    await using old = await serveStandIn(12);
    assert.equal((await old.ask(it)).status, 400);
  });

  it('asks for a key outside of local mode, but for its health', async () => {
    await using served = await serveStandIn(19, { isManaged: true });
    for (const path of ['/ping', '/v1/healthy', '/v2/version', '/v2/local/device-info']) {
      const it = recorded(`local mode off, no key, from the device itself: GET ${path}`);
      const { status, answer } = await served.ask(it);
      assert.deepEqual([status, answer], [it.status, it.answer], path);
    }
  });

  it('resets what a target leaves out of the configuration, and leaves local mode by that where it is managed', async () => {
    await using served = await serveStandIn(19);
    const { stored } = served.standIn.options;
    stored.config['SUPERVISOR_OVERRIDE_LOCK'] = 'true';
    await served.ask(recorded('commit missing: accepted, services removed (same with empty)'));
    assert.equal(stored.config['SUPERVISOR_OVERRIDE_LOCK'], 'false');
    assert.equal(stored.config['SUPERVISOR_LOCAL_MODE'], 'true');
  });

  it('has stored a target before it answers, so that a restart goes on with it', async () => {
    const app = { name: 'a', commit: 'c', releaseId: 1, services: {}, volumes: {}, networks: {} };
    const target = readTarget({ local: { apps: { 1: app } } }, { uuid, habits: habitsOf(19) });
    const saved: number[] = [];
    await using served = await serveStandIn(19, {
      save: () => {
        saved.push(served.standIn.options.stored.apps.length);
        return Promise.resolve();
      },
    });
    await new Promise(setImmediate);
    saved.length = 0;
    await served.standIn.setTarget(target);
    assert.deepEqual(saved, [1]);
  });
});
