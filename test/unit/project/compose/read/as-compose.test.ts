import assert from 'node:assert/strict';
import { desire } from '../../../../support/composition.ts';
import { find, only, read } from '../../../../support/read-files.ts';

/** The host configuration of the service `web` with these lines. */
async function hostConfigOf(...lines: string[]): Promise<Record<string, unknown>> {
  const text = lines.map(line => `    ${line}\n`).join('');
  const project = await read({ 'compose.yaml': `services:\n  web:\n    image: a\n${text}` });
  const { services } = await desire(project);
  return services[0]?.body.HostConfig ?? {};
}

/** Settings as docker compose v2 passes them on, and not as they look. */
describe('as in docker compose, a service', () => {
  it('without a network in its list is on the default one', async () => {
    for (const line of ['networks: []', 'networks: {}', 'network_mode: "${UNSET:-}"', 'hostname: x'])
      assert.equal((await hostConfigOf(line))['NetworkMode'], 'proj_default', line);
  });

  it("is on the engine's own network by `default`, and by another word on a network that has to be there, without a name", async () => {
    assert.equal((await hostConfigOf('network_mode: default', 'ports: ["80:80"]'))['NetworkMode'], 'bridge');
    const onLab = async (db: string): Promise<unknown> => {
      const compose = `services: {web: {image: a, network_mode: lab, ports: ["80:80"]}, db: {image: b, ${db}}}\nnetworks: {front: {name: lab}}`;
      const { services, networks } = await desire(await read({ 'compose.yaml': compose }));
      const body = services.find(({ service }) => service === 'web')?.body;
      assert.equal(body?.HostConfig.NetworkMode, 'lab');
      assert.deepEqual(body.NetworkingConfig, { EndpointsConfig: { lab: {} } });
      return networks.map(({ name, isExternal }) => [name, isExternal]);
    };
    assert.deepEqual(await onLab('network_mode: lab'), [['lab', true]]);
    assert.deepEqual(await onLab('networks: [front]'), [['lab', false]]);
  });

  it('with a scale of 0 has no container, and nothing waits for it', async () => {
    for (const zero of ['scale: 0', 'deploy: {replicas: 0}']) {
      const services = `services:\n  web: {image: a, depends_on: {db: {condition: service_healthy}}}\n  db: {image: d, ${zero}}`;
      const project = await read({ 'compose.yaml': services });
      assert.deepEqual(
        project.services.map(({ name, dependsOn }) => [name, dependsOn]),
        [['web', []]],
        zero,
      );
      assert.deepEqual([project.disabledServices, project.emptyServices], [['db'], ['db']]);
      await assert.rejects(
        read({ 'compose.yaml': `${services}\n  log: {image: l, network_mode: "service:db"}` }),
        /log\.network_mode: db is left out: it has a scale of 0$/,
      );
      await assert.rejects(
        read({ 'compose.yaml': `services: {db: {image: d, ${zero}}}` }),
        /no service is left: db has a scale of 0$/,
      );
    }
  });

  it('has the first of its networks by priority and then by name', async () => {
    const first = async (networks: string): Promise<unknown> => {
      const compose = `services: {web: {image: a, networks: ${networks}}}\nnetworks: {front: , back: , up: }`;
      const { services } = await desire(await read({ 'compose.yaml': compose }));
      const [{ body, furtherNetworks } = assert.fail('no service')] = services;
      return [body.HostConfig.NetworkMode, ...furtherNetworks.map(({ network }) => network)];
    };
    assert.deepEqual(await first('[front, back]'), ['proj_back', 'proj_front']);
    assert.deepEqual(await first('{front: {aliases: [x]}, back: }'), ['proj_back', 'proj_front']);
    assert.deepEqual(await first('{front: , back: , up: {priority: 5}}'), [
      'proj_up',
      'proj_back',
      'proj_front',
    ]);
  });

  it('restarts as deploy says, else as restart says', async () => {
    const cases: [string[], string, number][] = [
      [
        ['restart: always', 'deploy: {restart_policy: {condition: on-failure, max_attempts: 3}}'],
        'on-failure',
        3,
      ],
      [['restart: always', 'deploy: {restart_policy: {condition: none}}'], 'no', 0],
      [['deploy: {restart_policy: {condition: unless-stopped}}'], 'unless-stopped', 0],
      [['restart: on-failure:2', 'deploy: {replicas: 1}'], 'on-failure', 2],
      [['restart: "${UNSET:-}"'], 'no', 0],
      [['restart: no'], 'no', 0],
    ];
    for (const [lines, Name, MaximumRetryCount] of cases)
      assert.deepEqual(
        (await hostConfigOf(...lines))['RestartPolicy'],
        { Name, MaximumRetryCount },
        lines.join(),
      );
  });

  it('publishes on an IPv6 address with and without brackets', async () => {
    const ports = '"::1:80:80", "[::1]:81:81", "fd00::5:8000-8001:90-91/udp", "::1::99"';
    assert.deepEqual((await hostConfigOf(`ports: [${ports}]`))['PortBindings'], {
      '80/tcp': [{ HostIp: '::1', HostPort: '80' }],
      '81/tcp': [{ HostIp: '::1', HostPort: '81' }],
      '90/udp': [{ HostIp: 'fd00::5', HostPort: '8000' }],
      '91/udp': [{ HostIp: 'fd00::5', HostPort: '8001' }],
      '99/tcp': [{ HostIp: '::1', HostPort: '' }],
    });
    await assert.rejects(hostConfigOf('ports: ["a:b:80:80"]'), /is not a port/);
  });

  it('keeps the check of its image with an empty test, and has no isolation on Linux', async () => {
    const web = await only('    healthcheck: {test: [], interval: 5s}\n    isolation: default');
    assert.deepEqual([web.healthcheck?.test, web.healthcheck?.intervalMs], [undefined, 5000]);
    await assert.rejects(only('    isolation: hyperv'), /is for Windows containers/);
  });

  it('has the limits of its block devices', async () => {
    const limits =
      '{weight: 300, weight_device: [{path: /dev/sda, weight: 400}], device_read_bps: [{path: /dev/sda, rate: 12mb}, {path: /dev/sdb, rate: 1024}], device_write_iops: [{path: /dev/sdb, rate: 30}]}';
    const host = await hostConfigOf(`blkio_config: ${limits}`);
    assert.deepEqual(Object.fromEntries(Object.entries(host).filter(([key]) => key.startsWith('Blkio'))), {
      BlkioWeight: 300,
      BlkioWeightDevice: [{ Path: '/dev/sda', Weight: 400 }],
      BlkioDeviceReadBps: [
        { Path: '/dev/sda', Rate: 12 * 1024 ** 2 },
        { Path: '/dev/sdb', Rate: 1024 },
      ],
      BlkioDeviceWriteIOps: [{ Path: '/dev/sdb', Rate: 30 }],
    });
  });

  it('is built for its platform', async () => {
    const files = (build: string): Record<string, string> => ({
      'compose.yaml': `services: {web: {build: ${build}, platform: linux/arm64}}`,
      Dockerfile: 'FROM a',
    });
    for (const build of ['.', '{context: ., platforms: [linux/arm64]}'])
      assert.equal(find(await read(files(build)), 'web').build?.platform, 'linux/arm64');
    const unset = {
      ...files('.'),
      'compose.yaml': 'services: {web: {build: ., image: "$I", platform: "$P"}}',
    };
    const web = find(await read(unset), 'web');
    assert.deepEqual([web.build?.platform, web.platform, web.image], [undefined, undefined, undefined]);
    await assert.rejects(
      read(files('{context: ., platforms: [linux/amd64]}')),
      /web\.build\.platforms: lacks the platform of the service, linux\/arm64$/,
    );
  });

  it('that all services need a profile is said with the profiles', async () => {
    const services = 'services: {a: {image: a, profiles: [prod, dev]}, b: {image: b, profiles: [dev]}}';
    await assert.rejects(
      read({ 'compose.yaml': services }),
      /every service needs a profile: choose one with --profile, of dev, prod$/,
    );
  });

  it('takes what a list says twice once, where compose does', async () => {
    const web = await only(
      [
        'cap_add: [A, A]',
        'cap_drop: [B, B]',
        'devices: ["/dev/a:/dev/b", "/dev/c:/dev/b:r"]',
        'dns: [1.1.1.1, 1.1.1.1]',
        'environment: [A=1, A=1]',
        'expose: ["80", 80]',
        'labels: [a=b, a=b]',
        'ports: ["80:80", "80:80", {target: 1}, {target: 1}]',
        'sysctls: [a=1, a=1]',
        'tmpfs: [/t, /t]',
        'volumes: [/v, /v]',
        'networks: {default: {aliases: [x, x]}}',
      ]
        .map(it => `    ${it}\n`)
        .join(''),
    );
    assert.deepEqual(
      [web.security.capAdd, web.security.capDrop, web.dns, web.expose, web.environment, web.labels],
      [['A'], ['B'], ['1.1.1.1'], ['80/tcp'], { A: '1' }, { a: 'b' }],
    );
    assert.deepEqual(web.security.devices, [
      { hostPath: '/dev/c', containerPath: '/dev/b', permissions: 'r' },
    ]);
    assert.deepEqual([web.ports.length, web.mounts.length], [2, 2]);
  });

  it('refuses what a list says twice where compose does, with the item', async () => {
    await assert.rejects(only('    security_opt: ["a=b", "a=b"]\n'), {
      message: 'compose.yaml:4:20: services.web.security_opt: "a=b" is listed twice',
    });
  });
});
