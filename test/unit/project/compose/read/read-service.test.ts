import assert from 'node:assert/strict';
import path from 'node:path';
import { find, only, read, warnings } from '../../../../support/read-files.ts';

describe('a service', () => {
  it('takes the values of its environment and build arguments that are left open from the user', async () => {
    const environment = { GIVEN: 'g' };
    const web = await only('    environment: [GIVEN, ABSENT, OWN=1]', { environment });
    assert.deepEqual(web.environment, { GIVEN: 'g', OWN: '1' });
    const files = {
      'compose.yaml': 'services: {web: {build: {context: ., args: [GIVEN, ABSENT, X=1]}}}',
      Dockerfile: 'FROM a',
    };
    const built = find(await read(files, { environment, buildArgs: { X: '2' } }), 'web');
    assert.deepEqual(built.build?.args, { GIVEN: 'g', ABSENT: null, X: '2' });
  });

  it('builds from the Dockerfile of its device, an inline one, or one outside of its context', async () => {
    const project = await read(
      {
        'compose.yaml':
          'services:\n  a: {build: .}\n  b: {build: {dockerfile_inline: "FROM b"}}\n  c: {build: {context: sub, dockerfile: ../Dockerfile.c}}\n  d: {build: {context: ., target: "1"}}',
        'Dockerfile.template': 'FROM a-%%BALENA_ARCH%%-%%BALENA_SERVICE_NAME%%\nFROM x',
        'Dockerfile.c': 'FROM c',
        'sub/x': '',
      },
      { arch: 'aarch64', deviceType: 'raspberrypi4-64' },
    );
    assert.deepEqual(
      project.services.map(({ build }) => [
        build?.dockerfile.kind,
        build?.dockerfile.text,
        build?.dockerfile.nameInContext,
      ]),
      [
        ['template', 'FROM a-aarch64-a\nFROM x', undefined],
        ['inline', 'FROM b', undefined],
        ['plain', 'FROM c', undefined],
        ['template', 'FROM a-aarch64-d\nFROM x', undefined],
      ],
    );
  });

  it('comes after what it depends on, also by sharing a network or volumes', async () => {
    const project = await read({
      'compose.yaml':
        'services:\n  a: {image: x, network_mode: service:z}\n  b: {image: x, links: ["c:db"]}\n  c: {image: x, volumes_from: [d]}\n  d: {image: x, pid: service:e}\n  e: {image: x}\n  z: {image: x, depends_on: {b: {condition: service_healthy}}}',
    });
    assert.deepEqual(
      project.services.map(({ name }) => name),
      ['e', 'd', 'c', 'b', 'z', 'a'],
    );
  });

  it('restarts with what it shares a network or processes with or links to, but not with what it has volumes from', async () => {
    const project = await read({
      'compose.yaml':
        'services:\n  web: {image: x, network_mode: service:a, pid: service:b, links: [c], volumes_from: [d, "b:ro"]}\n  a: {image: x}\n  b: {image: x}\n  c: {image: x}\n  d: {image: x}',
    });
    assert.deepEqual(
      find(project, 'web')
        .dependsOn.filter(({ restart }) => restart)
        .map(({ service }) => service)
        .sort(),
      ['a', 'b', 'c'],
    );
    assert.equal(find(project, 'web').dependsOn.length, 4);
  });

  it('has its ports in every form', async () => {
    const web = await only(
      '    ports: [80, "8080:80/UDP", "[::1]:53:53/udp", "127.0.0.1::90", "8000-8010:70", {target: 1, published: "2-3", host_ip: 10.0.0.1}, "0.0.0.0:5000-5001:6000-6001"]',
    );
    assert.deepEqual(
      web.ports.map(it => `${it.hostIp ?? ''}|${it.published ?? ''}|${it.target.toString()}/${it.protocol}`),
      [
        '||80/tcp',
        '|8080|80/udp',
        '::1|53|53/udp',
        '127.0.0.1||90/tcp',
        '|8000-8010|70/tcp',
        '10.0.0.1|2-3|1/tcp',
        '0.0.0.0|5000|6000/tcp',
        '0.0.0.0|5001|6001/tcp',
      ],
    );
  });

  it('keeps develop.watch, and gpus as device requests', async () => {
    const web = await only(
      '    gpus: all\n    develop: {watch: [{path: src, action: sync, target: /app, ignore: [x]}]}\n    deploy: {resources: {reservations: {devices: [{capabilities: [gpu], count: 2}]}}}',
    );
    assert.deepEqual(
      web.security.deviceRequests.map(it => it.count),
      [-1, 2],
    );
    assert.deepEqual(
      web.watch.map(it => [path.basename(it.path), it.action, it.target, it.ignore]),
      [['src', 'sync', '/app', ['x']]],
    );
  });

  it('has typed values where a variable gives them', async () => {
    const web = await only(
      '    privileged: ${P}\n    cpus: ${C}\n    depends_on: {db: {condition: service_started, required: "${R}"}}',
      { environment: { P: 'true', C: '0.5', R: 'false' } },
    );
    assert.deepEqual(
      [web.security.isPrivileged, web.resources.nanoCpus, web.dependsOn[0]?.isRequired],
      [true, 5e8, false],
    );
  });

  it('takes secrets and configs from files, variables and the compose file', async () => {
    const project = await read(
      {
        'compose.yaml':
          'services: {web: {image: a, secrets: [a, {source: b, target: /x/b, mode: 0400}], configs: [c]}}\nsecrets: {a: {file: a.txt}, b: {environment: B}, unused: {environment: NOPE}}\nconfigs: {c: {content: "x=${B}"}}',
        'a.txt': '1',
      },
      { environment: { B: 'bee' } },
    );
    const web = find(project, 'web');
    assert.deepEqual(
      web.secrets.map(it => [it.target, it.mode]),
      [
        ['/run/secrets/a', undefined],
        ['/x/b', 0o400],
      ],
    );
    assert.deepEqual(
      web.configs.map(it => it.target),
      ['/c'],
    );
    assert.deepEqual(project.secrets.slice(1), [{ key: 'b', source: { content: 'bee' } }]);
    assert.deepEqual(project.configs, [{ key: 'c', source: { content: 'x=bee' } }]);
  });

  it('is not warned of paths of the device that nobody takes for those of this machine', async () => {
    const directories = [
      '/dev',
      '/proc',
      '/sys/class/gpio',
      '/run/udev',
      '/var/run/docker.sock',
      '/developer',
    ];
    const project = await read({
      'compose.yaml': `services: {web: {image: a, volumes: [${directories.map(it => `"${it}:/h${it}"`).join(', ')}]}}`,
    });
    assert.deepEqual(
      warnings(project).map(it => it.replace(/.*: /, '')),
      ['/developer is a path on the device, not on this machine'],
    );
  });

  it('is warned of where it gives its image the name of one that its Dockerfile starts from', async () => {
    const project = await read({
      'compose.yaml':
        'services:\n  a: {image: node, build: .}\n  b: {image: "node:1", build: .}\n  c: {image: "docker.io/library/busybox:2", build: .}\n  d: {image: me/node, build: .}',
      Dockerfile: 'FROM busybox:2 AS b\nFROM docker.io/node:latest\nCOPY --from=b /a /a',
    });
    const replaced =
      'is also what the Dockerfile starts from: the build replaces it on the device, and the next build starts from the result';
    assert.deepEqual(warnings(project), [
      `compose.yaml:2:14: services.a.image: node ${replaced}`,
      `compose.yaml:4:14: services.c.image: docker.io/library/busybox:2 ${replaced}`,
    ]);
  });

  it('says what has no effect on a device', async () => {
    const project = await read({
      'compose.yaml':
        'services:\n  db: {image: d, pull_policy: daily}\n  web:\n    image: a\n    attach: false\n    deploy: {mode: global, placement: {}}\n    network_mode: host\n    ports: ["80:80"]\n    volumes: ["/etc:/etc:ro"]\n    labels: {io.balena.features.dbu: "1", io.balena.features.dbus: "1", io.resin.features.resin-api: 1}',
    });
    assert.deepEqual(find(project, 'web').features, ['dbus', 'balena-api']);
    assert.deepEqual(warnings(project), [
      'compose.yaml:2:31: services.db.pull_policy: is taken for "missing": --pull looks for newer images',
      'compose.yaml:5:5: services.web.attach: has no effect: choose services when following logs',
      'compose.yaml:6:14: services.web.deploy.mode: is for a swarm: it has no effect here',
      'compose.yaml:6:28: services.web.deploy.placement: is for a swarm: it has no effect here',
      'compose.yaml:8:5: services.web.ports: have no effect with network_mode host: the service is on the device itself',
      'compose.yaml:9:15: services.web.volumes[0]: /etc is a path on the device, not on this machine',
      'compose.yaml:10:5: services.web.labels: io.balena.features.dbu is no feature that a device knows: did you mean "dbus"?',
    ]);
  });
});
