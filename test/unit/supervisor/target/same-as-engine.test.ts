/** A service is the same container through a supervisor as through the engine, or a remark says what differs. */
import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { toContainer } from '../../../../src/emulator/supervisor/container/container-body.ts';
import { listOf, objectOf, type Json } from '../../../../src/emulator/supervisor/json.ts';
import { readTarget } from '../../../../src/emulator/supervisor/target/read-target.ts';
import { toContainerBody } from '../../../../src/release/desired/container-body.ts';
import type { Remark } from '../../../../src/supervisor/target/remarks.ts';
import { writeApp } from '../../../../src/supervisor/target/write-app.ts';
import { writeTarget } from '../../../../src/supervisor/target/write-target.ts';
import { find, read } from '../../../support/read-files.ts';
import { fieldCases } from '../../../support/recorded-supervisor.ts';

interface Written {
  readonly sent: Json;
  readonly networks?: Json;
  readonly volumes?: Json | null;
}

const imageCommand = ['serve', '--port', '80'];
const image = { id: 'a', labels: {}, command: imageCommand };
const device = { uuid: '4905', deviceType: 'generic-amd64', arch: 'amd64', osVersion: 'balenaOS 6.5.10' };
const engineSocket = '/run/docker.sock';

function readProject({ sent, networks = {}, volumes = {} }: Written) {
  const services = { main: { image: 'a' }, web: { image: 'a', ...sent } };
  const compose = { services, networks, volumes: { data: {}, ...volumes } };
  return read({ 'compose.yaml': JSON.stringify(compose) }, { profiles: ['x'] });
}

/** The containers of both, and the remarks on what a supervisor is sent. */
async function both(written: Written) {
  const project = await readProject(written);
  const release = { commit: 'c', releaseId: 1, imageOf: () => 'a', labelsOf: () => ({}) };
  const { app, remarks } = writeApp(project, release);
  const current = { name: 'kitchen', config: { SUPERVISOR_LOCAL_MODE: 'true' }, apps: new Map() };
  const change = { apps: new Map([[1, app]]), replaced: new Set<string>(), isForced: false };
  const supervised = (): Json => {
    const body = writeTarget(current, change) as Json;
    const [read] = readTarget(body, { uuid: '4905', habits: { checksBodies: false } }).apps;
    const service = read?.services.find(it => it.serviceName === 'web');
    assert.ok(read && service);
    const wanted = toContainer(read, service, image, { ...device, engineSocket, hasAppUuid: true });
    assert.equal(wanted.fate, 'applied');
    return wanted.body;
  };
  const context = { ...device, engineSocket } as unknown as Parameters<typeof toContainerBody>[3];
  const engine = toContainerBody(project, find(project, 'web'), 'a', context).body as unknown as Json;
  return { remarks: remarks.filter(({ service }) => service !== 'main'), engine, supervised };
}

/** The program and its arguments, as an engine finds them (moby daemon/commit.go, `merge`). */
function processOf({ Cmd, Entrypoint }: Json): readonly unknown[] {
  const [command, entrypoint] = [listOf(Cmd), listOf(Entrypoint)];
  if (entrypoint.length === 0 && command.length === 0) return imageCommand;
  return [...entrypoint, ...command];
}

/** Volumes and networks have other names there, and features are mounted in other forms. */
const otherwise = ['Binds', 'Mounts', 'Tmpfs', 'NetworkMode', 'SecurityOpt'];
/** What a supervisor gives each container that says nothing of it. */
const defaults: Json = { StopTimeout: 10, StopSignal: 'SIGTERM', IpcMode: 'shareable', ShmSize: 67_108_864 };

const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === '' ||
  value === 0 ||
  (typeof value === 'object' && Object.values(value).every(isNothing));

function partsOf(body: Json): Json {
  const { HostConfig, Healthcheck, User, WorkingDir, Hostname, Domainname, MacAddress, Tty, OpenStdin } =
    body;
  const { StopSignal, StopTimeout, Volumes, Cmd, Entrypoint } = body;
  const own = { Healthcheck, User, WorkingDir, Hostname, Domainname, MacAddress, Tty, OpenStdin, Volumes };
  const all = { ...own, StopSignal, StopTimeout, ...objectOf(HostConfig) };
  const told = (key: string, value: unknown): unknown => (key !== '' && isNothing(value) ? undefined : value);
  const entries = Object.entries(JSON.parse(JSON.stringify(all, told)) as Json).filter(
    ([key, value]) => !otherwise.includes(key) && defaults[key] !== value,
  );
  return { ...Object.fromEntries(entries), process: processOf({ Cmd, Entrypoint }) };
}

const own: Readonly<Record<string, Written>> = {
  'an entrypoint alone': { sent: { entrypoint: ['a', 'b'] } },
  'an entrypoint and a command': { sent: { entrypoint: ['a'], command: ['c'] } },
  'two ports of one': { sent: { ports: ['8080:80', '8081:80'] } },
  'a host name in the network of the host': { sent: { network_mode: 'host', hostname: 'x' } },
  'a check with zeros': {
    sent: { healthcheck: { test: 'true', interval: '0s', timeout: '0s', retries: 0 } },
  },
  'a check in parts of a second': { sent: { healthcheck: { test: 'true', interval: '500ms' } } },
  'a check without a test': { sent: { healthcheck: { interval: '5s' } } },
  'limits of deploy': { sent: { deploy: { resources: { limits: { cpus: '0.25', memory: '50M' } } } } },
  'a limit of swap': { sent: { mem_limit: '64m', memswap_limit: '128m' } },
  'all in small letters': { sent: { cap_add: ['net_admin'], ulimits: { memlock: -1 }, pids_limit: -1 } },
};

describe('a service that a supervisor runs', () => {
  const cases = [...fieldCases.map(it => [it.name, it] as const), ...Object.entries(own)];

  it('is the container that the engine would run, but for what a remark or a problem says of it', async () => {
    let compared = 0;
    for (const [name, written] of cases) {
      let made;
      try {
        made = await both(written);
      } catch (error) {
        assert.ok(error instanceof OsError && error.code === 'project-invalid', `${name}: ${String(error)}`);
        continue;
      }
      if (made.remarks.length > 0) continue;
      assert.deepEqual(partsOf(made.supervised()), partsOf(made.engine), name);
      compared += 1;
    }
    assert.ok(compared > 80, compared.toString());
  });

  const remarksOn = async (written: Written): Promise<readonly Pick<Remark, 'field' | 'severity'>[]> =>
    (await both(written)).remarks.map(({ field, severity }) => ({ field, severity }));
  const problem = (field: string) => [{ field, severity: 'problem' }];
  const warning = (field: string) => [{ field, severity: 'warning' }];

  it('is refused with what a supervisor would never apply, or recreate without end', async () => {
    assert.deepEqual(await remarksOn({ sent: { ports: ['80:80/sctp'] } }), problem('ports'));
    assert.deepEqual(await remarksOn({ sent: { ipc: 'service:main' } }), problem('ipc'));
    const linked = { sent: { networks: { n: { link_local_ips: ['169.254.8.8'] } } }, networks: { n: {} } };
    assert.deepEqual(await remarksOn(linked), problem('networks'));
    const volume = { sent: { volumes: ['_data:/d'] }, volumes: { _data: {} } };
    assert.deepEqual(await remarksOn(volume), problem('volumes._data'));
    assert.deepEqual(
      await remarksOn({ sent: { networks: ['.n'] }, networks: { '.n': {} } }),
      problem('networks..n'),
    );
  });

  it('has a remark on each name that volumes and networks do not get, and on addresses that are lost', async () => {
    assert.deepEqual(
      await remarksOn({ sent: { volumes: ['data:/d'] }, volumes: { data: { name: 'all' } } }),
      warning('volumes.data.name'),
    );
    const named = { sent: { networks: ['n'] }, networks: { n: { name: 'all' } } };
    assert.deepEqual(await remarksOn(named), warning('networks.n.name'));
    const config = [{ subnet: '10.1.0.0/16', aux_addresses: { a: '10.1.0.2' } }];
    const ipam = { driver: 'x', options: { a: 'b' }, config };
    assert.deepEqual(await remarksOn({ sent: { networks: ['n'] }, networks: { n: { ipam } } }), [
      ...warning('networks.n.ipam.driver'),
      ...warning('networks.n.ipam.options'),
      ...warning('networks.n.ipam.config.aux_addresses'),
    ]);
  });

  it('waits 1 s at least for its end, as a supervisor takes 0 for its default', async () => {
    const { remarks, supervised } = await both({ sent: { stop_grace_period: '0s' } });
    assert.deepEqual(
      remarks.map(({ field }) => field),
      ['stop_grace_period'],
    );
    assert.equal(supervised()['StopTimeout'], 1);
  });
});
