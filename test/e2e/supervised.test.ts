import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { eventsOf, lastOf, startedIn, usePushing } from '../support/pushing.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

const compose = (web = 'ports: ["8085:80"]'): string => `name: shop
services:
  db: {build: ., init: true, command: sleep 1000}
  web: {build: ., init: true, depends_on: [db], ${web}, volumes: ["data:/data"]}
volumes: {data: {}}
`;

const dockerfile = 'FROM busybox\nCOPY index.html /www/\nCMD ["httpd", "-f", "-p", "80", "-h", "/www"]\n';

/** Where a supervisor looks for the update lock of `db`. */
const dbLocks = '/tmp/balena-supervisor/services/*/db';

describe('a device with a supervisor', function () {
  this.timeout(240_000);
  const { device, os, start, push, pushed, containers, page } = usePushing({ supervisor: 'unmanaged' });
  let project: Awaited<ReturnType<typeof openTempDirectory>>;
  const supervised = (...flags: string[]) => pushed(project.path, '--runner', 'supervisor', ...flags);
  const on = (command: string, ...rest: string[]): ReturnType<typeof os> =>
    os(command, device().address, ...rest, '--source', project.path);
  /** What `GET` of the supervisor answers. */
  const ask = async (path: string): Promise<unknown> =>
    (await fetch(`http://${device().address}:48484${path}`)).json();
  const volumes = async (): Promise<string[]> => {
    const { Volumes } = (await device().engine('/volumes')) as { Volumes: { Name: string }[] | null };
    return (Volumes ?? []).map(({ Name }) => Name);
  };
  const supervisedVolume = async (): Promise<string> =>
    (await volumes()).find(name => /^\d+_data$/.test(name)) ?? assert.fail('the supervisor has no volume');
  const placeOf = async (volume: string): Promise<string> =>
    ((await device().engine(`/volumes/${volume}`)) as { Mountpoint: string }).Mountpoint;
  const keptContent = '1770 .\n640 7 8 file\n777 link -> file\nkept\n';
  const contentOf = async (volume: string): Promise<string> =>
    (
      await device().ssh(
        `cd ${await placeOf(volume)} && stat -c '%a %n' . && stat -c '%a %u %g %n' file && echo "777 link -> $(readlink link)" && cat file`,
      )
    ).stdout;
  before(async () => {
    project = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml': compose(),
      Dockerfile: dockerfile,
      'index.html': 'one',
    });
    await eventually(async () => assert.ok(await ask('/v2/version')));
  });
  after(async () => {
    await project[Symbol.asyncDispose]();
  });

  it('runs a project through it, with --runner supervisor', async () => {
    const events = await supervised();
    assert.deepEqual(startedIn(events).sort(), ['db', 'web']);
    assert.equal(await page(8085), 'one');
    const apps = (await ask('/v2/applications/state')) as Record<string, { services: object }>;
    assert.deepEqual(Object.keys(apps['shop']?.services ?? {}).sort(), ['db', 'web']);
  });

  it('is posted nothing where nothing changed, whether or not the runner is named, also over SSH', async () => {
    const ids = (await containers('shop')).map(it => it.Id);
    for (const flags of [['--runner', 'supervisor'], [], ['--via', 'ssh']]) {
      const last = (await pushed(project.path, ...flags)).at(-1);
      assert.ok(last?.type === 'done' && last.outcome === 'up-to-date');
    }
    assert.deepEqual(
      (await containers('shop')).map(it => it.Id),
      ids,
    );
  });

  it('runs what was edited, and still after its supervisor has started again', async () => {
    await makeTree(project.path, { 'index.html': 'two' });
    await supervised();
    assert.equal(await page(8085), 'two');
    await device().ssh('systemctl restart resin-supervisor');
    await eventually(async () => {
      const { appState } = (await ask('/v2/state/status')) as { appState: string };
      assert.equal(appState, 'applied');
    });
    assert.equal(await page(8085), 'two');
  });

  it('is told as one whose supervisor is down while that is stopped', async () => {
    const modeNow = async (): Promise<string | undefined> =>
      /"mode":\s*"([\w-]+)"/.exec((await os('info', device().address, '--json')).stdout)?.[1];
    await device().ssh('systemctl stop resin-supervisor');
    assert.equal(await modeNow(), 'down');
    await device().ssh('systemctl start resin-supervisor');
    await eventually(async () => assert.ok(await ask('/v2/version')));
    assert.equal(await modeNow(), 'unmanaged');
  });

  it('lists, stops, starts and restarts its services, and shows their logs', async () => {
    const { stdout } = await on('ps', '--json');
    const { result } = JSON.parse(stdout) as { result: { services: { service: string; state: string }[] } };
    assert.deepEqual(
      result.services.map(({ service, state }) => [service, state]),
      [
        ['db', 'running'],
        ['web', 'running'],
      ],
    );
    assert.equal((await on('stop', 'db')).stdout, 'stopped: db\n');
    assert.equal((await on('start', 'db')).stdout, 'started: db\n');
    assert.equal((await on('restart', 'web')).stdout, 'restarted: web\n');
    assert.equal((await on('logs')).code, 0);
  });

  it('syncs edits into its containers, and recreates an edited one at the next push', async () => {
    const live = start('live', device().address, '--source', project.path);
    await live.saying(/web +\| in sync/);
    await makeTree(project.path, { 'index.html': 'three' });
    await eventually(async () => assert.equal(await page(8085), 'three'));
    live.kill('SIGINT');
    assert.equal((await live.ended).code, 130);
    await supervised();
    assert.equal(await page(8085), 'three');
    const [last] = (await supervised()).slice(-1);
    assert.ok(last?.type === 'done' && last.outcome === 'up-to-date');
  });

  it('is not left for the engine silently: the volumes are named, and the exit status is 2', async () => {
    const ended = await push(project.path, '--runner', 'engine');
    assert.equal(ended.code, 2, ended.stdout);
    const last = lastOf(ended);
    assert.ok(last.type === 'error');
    assert.match(
      last.error.message,
      /runs under the supervisor.*its volumes are copied: \d+_data to shop_data$/,
    );
  });

  it('is sent nothing of a project that its supervisor would not apply', async () => {
    await makeTree(project.path, { 'compose.yaml': compose('ports: ["[::1]:8085:80"]') });
    const ended = await push(project.path, '--runner', 'supervisor');
    assert.equal(ended.code, 7, ended.stdout);
    assert.match(ended.stdout, /services\.web\.ports: .*never applies a port of an IPv6 address/);
    await makeTree(project.path, { 'compose.yaml': compose() });
  });

  it('tells with exit status 6 why a service is not started', async () => {
    await makeTree(project.path, {
      'compose.yaml': compose('ports: ["8085:80"], command: /no/such/program'),
    });
    const ended = await push(project.path, '--runner', 'supervisor');
    assert.equal(ended.code, 6, ended.stdout);
    assert.match(ended.stdout, /web has ended with status 127.*No such file/);
    await makeTree(project.path, { 'compose.yaml': compose() });
    await supervised();
  });

  it('tells with exit status 8 which service holds the update lock', async () => {
    await device().ssh(`touch $(echo ${dbLocks})/updates.lock`);
    await makeTree(project.path, { 'index.html': 'four' });
    const ended = await push(project.path, '--runner', 'supervisor');
    assert.equal(ended.code, 8, ended.stdout);
    assert.match(ended.stdout, /db holds the update lock/);
    const waiting = eventsOf(ended).find(it => it.type === 'update-lock');
    assert.ok(waiting?.type === 'update-lock' && waiting.holder === 'db');
    assert.match(waiting.message, /--force overrides it$/);
  });

  it('overrides the update lock with --force, and puts the setting of the device back', async () => {
    await supervised('--force');
    await device().ssh(`rm ${dbLocks}/updates.lock`);
    assert.equal(await page(8085), 'four');
    const { state } = (await ask('/v2/local/target-state')) as {
      state: { local: { config: Record<string, string> } };
    };
    assert.equal(state.local.config['SUPERVISOR_OVERRIDE_LOCK'], 'false');
  });

  it('is rid of the project by os down, also after its supervisor has started again', async () => {
    const ended = await on('down', '--volumes');
    assert.equal(ended.code, 0, ended.stderr);
    await device().ssh('systemctl restart resin-supervisor');
    await eventually(async () => assert.deepEqual(await ask('/v2/applications/state'), {}));
    assert.deepEqual(await containers('shop'), []);
    assert.deepEqual(
      (await volumes()).filter(name => name.endsWith('_data')),
      [],
    );
  });

  it('runs a project that needs it without being asked to, and says so', async () => {
    await using other = await openTempDirectory();
    const label = 'io.balena.features.supervisor-api';
    await makeTree(other.path, {
      'compose.yaml': `name: needy\nservices: {main: {image: busybox, init: true, command: sleep 1000, labels: {${label}: 1}}}\n`,
    });
    const events = await pushed(other.path);
    const note = `main: ${label} needs the supervisor, so it runs this project`;
    assert.ok(events.some(it => it.type === 'warning' && it.message === note));
    const [main] = await containers('needy');
    assert.ok(main?.Labels['io.balena.supervised'] !== undefined);
    assert.equal((await os('down', device().address, '--source', other.path)).code, 0);
  });

  it('keeps what another tool gave it to run, unless --take-over says otherwise', async () => {
    const service = { imageId: 1, serviceName: 'main', image: 'busybox:latest', environment: {}, labels: {} };
    const app = {
      name: 'localapp',
      commit: 'c',
      releaseId: 1,
      services: { 1: { ...service, command: 'sleep 1000' } },
    };
    const body = JSON.stringify({
      local: {
        config: { SUPERVISOR_LOCAL_MODE: 'true' },
        apps: { 1: { ...app, volumes: {}, networks: {} } },
      },
    });
    await fetch(`http://${device().address}:48484/v2/local/target-state`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    const refused = await push(project.path, '--runner', 'supervisor');
    assert.equal(refused.code, 2, refused.stdout);
    assert.match(refused.stdout, /the supervisor runs localapp, which a push through it would remove/);
    const events = await supervised('--take-over');
    assert.ok(
      events.some(it => it.type === 'warning' && it.message.includes('localapp (main), which is replaced')),
    );
    assert.equal(await page(8085), 'four');
  });

  it('keeps the project where the build fails that was to come before it is moved', async () => {
    const ids = (await containers('shop')).map(it => it.Id).sort();
    await makeTree(project.path, { Dockerfile: 'FROM busybox\nRUN exit 3\n' });
    const ended = await push(project.path, '--runner', 'engine', '--take-over');
    assert.equal(ended.code, 5, ended.stdout);
    assert.equal(await page(8085), 'four');
    assert.deepEqual((await containers('shop')).map(it => it.Id).sort(), ids);
    await makeTree(project.path, { Dockerfile: dockerfile });
  });

  it('is left for the engine by --take-over with the data of its volumes, so that the two never fight', async () => {
    const from = await supervisedVolume();
    await device().ssh(
      `cd ${await placeOf(from)} && echo kept >file && chown 7:8 file && chmod 640 file && ln -s file link && chmod 1770 .`,
    );
    const events = eventsOf(await push(project.path, '--runner', 'engine', '--take-over'));
    assert.equal(events.at(-1)?.type, 'done');
    const warnings = events.flatMap(it => (it.type === 'warning' ? [it.message] : [])).join('\n');
    assert.match(warnings, /^balena_supervisor runs here: .*alone; only if the device leaves/m);
    assert.match(warnings, new RegExp(`stays, .*: ${from}; .os purge .* --leftovers. removes it`));
    assert.equal(await contentOf('shop_data'), keptContent);
    assert.equal(await contentOf(from), keptContent);
    assert.deepEqual(await ask('/v2/applications/state'), {});
    assert.ok((await containers('shop')).every(it => it.Labels['io.balena.supervised'] === undefined));
    assert.equal(await page(8085), 'four');
  });

  it('overwrites no volume when it moves back: the way on is named, and nothing is touched', async () => {
    const from = await supervisedVolume();
    const ended = await push(project.path, '--runner', 'supervisor', '--take-over');
    assert.equal(ended.code, 2, ended.stdout);
    const last = lastOf(ended);
    assert.ok(last.type === 'error');
    assert.ok(last.error.message.endsWith(`shop_data to ${from} would be copied over what is there`));
    assert.match(last.error.hint ?? '', /--no-copy-volumes.*: os purge \S+ --project \S+ --leftovers$/);
    assert.equal(await page(8085), 'four');
  });

  it('moves back to the supervisor with its data, which its next start leaves alone', async () => {
    const to = await supervisedVolume();
    assert.equal((await on('purge', '--leftovers', '--yes')).stdout, `removed volume ${to}\n`);
    const events = await supervised('--take-over');
    const copied = events.find(it => it.type === 'volume-copy' && it.state === 'copied');
    assert.ok(copied?.type === 'volume-copy' && copied.from === 'shop_data' && copied.to === to);
    await device().ssh('systemctl restart resin-supervisor');
    await eventually(async () => {
      const { appState } = (await ask('/v2/state/status')) as { appState: string };
      assert.equal(appState, 'applied');
    });
    assert.equal(await contentOf(to), keptContent);
    assert.deepEqual(
      (await volumes()).filter(name => name.startsWith('os-')),
      [],
    );
    await pushed(project.path, '--runner', 'engine', '--take-over', '--no-copy-volumes');
  });

  it('has no update locks to override where the engine runs the project', async () => {
    const ended = await push(project.path, '--force');
    assert.equal(ended.code, 2, ended.stdout);
    assert.match(ended.stdout, /shop runs under the engine/);
  });
});
