import assert from 'node:assert/strict';
import {
  toContainer,
  type WantedContainer,
} from '../../../../src/emulator/supervisor/container/container-body.ts';
import { objectOf, listOf, type Json } from '../../../../src/emulator/supervisor/json.ts';
import { readTarget } from '../../../../src/emulator/supervisor/target/read-target.ts';
import { fieldCases, type FieldCase } from '../../../support/recorded-supervisor.ts';

const device = {
  ...{ uuid: '4905', deviceType: 'generic-amd64', arch: 'amd64', osVersion: 'balenaOS 6.5.10' },
  ...{ engineSocket: '/run/docker.sock', hasAppUuid: true },
};

/** The container that the stand-in would ask for. */
function standInOf(
  { sent, networks, volumes }: Pick<FieldCase, 'sent' | 'networks' | 'volumes'>,
  imageLabels: Readonly<Record<string, string>> = {},
): WantedContainer {
  const { environment = {}, labels = {}, ...rest } = sent;
  const service = { environment, labels, ...rest, imageId: 2, serviceName: 'web', image: 'web:1' };
  const app = { name: 'a', commit: 'c', releaseId: 1, services: { 2: service } };
  const body = { local: { apps: { 1: { ...app, networks, volumes: { data: {}, ...volumes } } } } };
  const target = readTarget(body, { uuid: '4905', habits: { checksBodies: false } });
  const [read] = target.apps;
  const [wanted] = read?.services ?? [];
  assert.ok(read && wanted);
  return toContainer(read, wanted, { id: 'sha256:1', labels: imageLabels }, device);
}

/** What the recordings call a field of the host configuration, beside those that stand under `other`. */
function hostOf(got: Json): Json {
  const { Binds, Mounts, Tmpfs, PortBindings, other, Restart } = got;
  const policy =
    typeof Restart === 'string'
      ? { RestartPolicy: { Name: Restart.split(':')[0], MaximumRetryCount: 0 } }
      : {};
  return JSON.parse(
    JSON.stringify({ Binds, Mounts, Tmpfs, PortBindings, ...policy, ...objectOf(other) }),
  ) as Json;
}

const created = ['network_mode container:x', 'networks undeclared', 'labels gpu'];

describe("the stand-in for an emulated device's supervisor", () => {
  it('asks the engine for what a real one asked, for each form of each field that it applied', () => {
    for (const it of fieldCases.filter(({ verdict }) => verdict === 'ok')) {
      const { body, networks, fate } = standInOf(it);
      assert.equal(fate, 'applied', it.name);
      const host = body.HostConfig;
      const got = it.engineGot;
      for (const [key, value] of Object.entries(hostOf(got))) {
        const ours = host[key];
        if (key === 'Binds')
          for (const bind of listOf(value))
            assert.ok(listOf(ours).includes(bind), `${it.name}: ${String(bind)}`);
        else if (key === 'Ulimits') assert.deepEqual(listOf(ours)[0], listOf(value)[0], it.name);
        else assert.deepEqual(ours, value, `${it.name}: ${key}`);
      }
      for (const key of ['Cmd', 'Entrypoint'])
        if (got[key] !== undefined) assert.deepEqual(body[key], got[key], it.name);
      for (const variable of listOf(got['Env'])) assert.ok(listOf(body['Env']).includes(variable), it.name);
      for (const [name, value] of Object.entries(objectOf(got['Labels'])))
        assert.equal(objectOf(body['Labels'])[name], value, it.name);
      if (got['Health'] !== undefined) assert.deepEqual(body['Healthcheck'], got['Health'], it.name);
      const { Tty, User, Domainname, WorkingDir } = objectOf(got['cfg']);
      if (got['cfg'] !== undefined) assert.equal(body['Tty'], Tty ?? false, it.name);
      if (User !== undefined) assert.equal(body['User'], User, it.name);
      if (Domainname !== undefined) assert.equal(body['Domainname'], Domainname, it.name);
      if (WorkingDir === '/tmp') assert.equal(body['WorkingDir'], WorkingDir, it.name);
      for (const [name, aliases] of Object.entries(objectOf(got['Networks'])))
        if (name === 'supervisor0') continue;
        else if (aliases === null) assert.equal(host['NetworkMode'], name, it.name);
        else assert.ok(listOf(aliases).includes(listOf(networks[name]?.['Aliases'])[0]), it.name);
    }
  });

  it('counts the feature labels of an image in either spelling, unless the service says otherwise', () => {
    const bindsOf = (image: Record<string, string>, labels: Record<string, string> = {}): unknown[] => {
      const { body } = standInOf({ sent: { labels }, networks: {}, volumes: null }, image);
      return listOf(body.HostConfig['Binds']).filter(bind => !String(bind).startsWith('/tmp/'));
    };
    const dbus = '/run/dbus:/host/run/dbus';
    assert.deepEqual(bindsOf({ 'io.balena.features.dbus': '1' }), [dbus]);
    assert.deepEqual(bindsOf({ 'io.resin.features.dbus': '1' }), [dbus]);
    assert.deepEqual(bindsOf({ 'io.resin.features.dbus': '1' }, { 'io.balena.features.dbus': '0' }), []);
  });

  it('drops what a real one drops', () => {
    for (const it of fieldCases.filter(({ verdict }) => verdict === 'ok')) {
      const host = standInOf(it).body.HostConfig;
      const got = hostOf(it.engineGot);
      for (const key of Object.keys(host)) {
        const isPlain = [
          'Binds',
          'Mounts',
          'PortBindings',
          'RestartPolicy',
          'NetworkMode',
          'IpcMode',
          'ShmSize',
        ];
        if (!isPlain.includes(key)) assert.ok(key in got, `${it.name}: ${key}`);
      }
      const locks = listOf(host['Binds']).filter(bind => String(bind).startsWith('/tmp/balena-supervisor/'));
      assert.equal(locks.length, 2);
      assert.equal(listOf(host['Binds']).length - 2, listOf(got['Binds']).length, it.name);
      assert.equal(listOf(host['Mounts']).length, listOf(got['Mounts']).length, it.name);
    }
  });

  it('recreates a container without end for the forms that made a real one do so', () => {
    const looping = fieldCases.filter(({ verdict }) => verdict === 'LOOP');
    assert.equal(looping.length, 4);
    for (const it of looping) assert.equal(standInOf(it).fate, 'loops', it.name);
  });

  it('never applies the forms that a real one never applied', () => {
    const never = fieldCases.filter(({ verdict }) => verdict === 'NEVER APPLIED');
    const isMade = (it: FieldCase): boolean =>
      it.engineGot['Networks'] !== undefined || it.name.includes('gpu');
    const made = never.filter(isMade);
    const refused = never.filter(it => !isMade(it));
    for (const it of refused) assert.throws(() => standInOf(it), it.name);
    // A container is made, and the engine does not start it.
    assert.equal(made.length, created.length);
    for (const it of made) {
      const { body, networks } = standInOf(it);
      assert.ok(body.HostConfig['DeviceRequests'] !== undefined || !('1_default' in networks), it.name);
    }
  });
});
