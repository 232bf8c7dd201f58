import assert from 'node:assert/strict';
import { OsError } from '../../../src/core/errors.ts';
import { readProject, type ReadProjectOptions } from '../../../src/project/read-project.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';
import { makeTree, type Tree } from '../../support/tree.ts';

/** What a project is refused for, its own path left out. */
async function problemsOf(files: Tree, options: Partial<ReadProjectOptions> = {}): Promise<string[]> {
  await using temp = await openTempDirectory();
  await makeTree(temp.path, files);
  try {
    await readProject(temp.path, { environment: {}, ...options });
  } catch (error) {
    assert.ok(error instanceof OsError, String(error));
    assert.equal(error.exitCode, 7);
    return error.message.replaceAll(`${temp.path}/`, '').split('\n');
  }
  return [];
}

const web = (...lines: string[]): string =>
  ['services:', '  web:', '    image: a', ...lines.map(it => `    ${it}`)].join('\n');

const bad: [title: string, files: string | Tree, ...problems: string[]][] = [
  [
    'is not YAML',
    'services:\n  web: [',
    'compose.yaml:2:9: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  [
    'says a thing twice',
    'services:\n  web:\n    image: a\n    image: b',
    'compose.yaml:4:5: not valid YAML: Map keys must be unique',
  ],
  ['is empty', '# nothing', 'compose.yaml:1:1: the file is empty'],
  [
    'is a list',
    '- services',
    'compose.yaml:1:1: a compose file is a mapping with "services:", and compose.yaml is a list',
  ],
  [
    'has tabs',
    'services:\n\tweb: {}',
    'compose.yaml:2:1: not valid YAML: Tabs are not allowed as indentation',
  ],
  [
    'misspells a key',
    web('enviroment: {A: 1}'),
    'compose.yaml:4:5: services.web: unknown key "enviroment": did you mean "environment"?',
  ],
  [
    'misspells a top-level key',
    'service: {}',
    'compose.yaml:1:1: unknown key "service": did you mean "services"?',
  ],
  [
    'gives text for a list',
    web('ports: "80:80"'),
    'compose.yaml:4:12: services.web.ports: has to be a list: "80:80" is not',
  ],
  [
    'leaves a key empty',
    web('ports:'),
    'compose.yaml:4:5: services.web.ports: has to be a list, and is empty',
  ],
  [
    'leaves a service empty',
    'services:\n  web:',
    'compose.yaml:2:3: services.web: has to be a mapping, and is empty',
  ],
  [
    'gives a number where text is wanted',
    web('user: 1000'),
    'compose.yaml:4:11: services.web.user: has to be text: write "1000" in quotes',
  ],
  [
    'gives a number in a command',
    web('command: [sleep, 10]'),
    'compose.yaml:4:22: services.web.command[1]: has to be text: write "10" in quotes',
  ],
  [
    'has a bad port',
    web(
      'ports:',
      '  - "80:http"',
      '  - "8000-8001:80-82"',
      '  - "70000"',
      '  - "1.2.3:80:80"',
      '  - "80:80/icmp"',
    ),
    'compose.yaml:5:9: services.web.ports[0]: "80:http" is not a port: write it like "8080:80", "127.0.0.1:8080:80/udp" or "8000-8010:8000-8010"',
    'compose.yaml:6:9: services.web.ports[1]: the ranges 8000-8001 and 80-82 differ in length',
    'compose.yaml:7:9: services.web.ports[2]: "70000" is not a port: write it like "8080:80", "127.0.0.1:8080:80/udp" or "8000-8010:8000-8010"',
    'compose.yaml:8:9: services.web.ports[3]: "1.2.3:80:80": 1.2.3 is not an IP address',
    'compose.yaml:9:9: services.web.ports[4]: icmp is not a protocol: it is tcp, udp or sctp',
  ],
  [
    'has a bad long port',
    web('ports: [{published: 80}]'),
    'compose.yaml:4:13: services.web.ports[0]: names no "target", the port in the container',
  ],
  [
    'publishes a port twice',
    `${web('ports: ["80:80"]')}\n  two:\n    image: b\n    ports: ["80:8080"]`,
    'compose.yaml:7:5: services.two.ports: port 80/tcp of the device is published by web already',
  ],
  [
    'has a bad duration',
    web('stop_grace_period: 10', 'healthcheck: {test: a, interval: 1 minute, timeout: 30x}'),
    'compose.yaml:4:24: services.web.stop_grace_period: has to be text: write "10" in quotes',
    'compose.yaml:5:38: services.web.healthcheck.interval: "1 minute" is not a duration: write it like 30s or 1m30s',
    'compose.yaml:5:57: services.web.healthcheck.timeout: "30x" is not a duration: write it like 30s or 1m30s',
  ],
  [
    'has a bad size',
    web('mem_limit: lots', 'shm_size: 64q'),
    'compose.yaml:4:16: services.web.mem_limit: "lots" is not a size: write it like 64m or 1gb',
    'compose.yaml:5:15: services.web.shm_size: "64q" is not a size: write it like 64m or 1gb',
  ],
  [
    'has a bad restart policy',
    web('restart: sometimes', 'privileged: perhaps'),
    'compose.yaml:4:14: services.web.restart: "sometimes" is not a restart policy: it is no, always, unless-stopped, on-failure or on-failure:3',
    'compose.yaml:5:17: services.web.privileged: "perhaps" is neither true nor false',
  ],
  [
    'has a bad condition',
    `${web('depends_on: {db: {condition: healthy}}')}\n  db: {image: b}`,
    'compose.yaml:4:34: services.web.depends_on.db.condition: "healthy" is not one of service_started, service_healthy, service_completed_successfully',
  ],
  [
    'waits for nobody',
    `${web('depends_on: [dbb]')}\n  db: {image: b}`,
    'compose.yaml:4:18: services.web.depends_on: there is no service "dbb": did you mean "db"?',
  ],
  [
    'waits in a circle',
    'services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [c]}\n  c: {image: x, depends_on: [a]}',
    'compose.yaml:2:17: services.a.depends_on: services wait for one another in a circle: a → b → c → a',
  ],
  [
    'waits for a service of another profile',
    `${web('depends_on: [db]')}\n  db: {image: b, profiles: [debug]}`,
    'compose.yaml:4:18: services.web.depends_on: db is left out: it needs the profile debug',
  ],
  [
    'uses what is not declared',
    `${web('networks: [back]', 'volumes: ["data:/data"]', 'secrets: [key]', 'configs: [{source: conf}]')}\nnetworks: {bakc: {}}`,
    'compose.yaml:4:16: services.web.networks: there is no network "back" under "networks:": did you mean "bakc"?',
    'compose.yaml:5:15: services.web.volumes: there is no volume "data" under "volumes:"',
    'compose.yaml:6:15: services.web.secrets: there is no secret "key" under "secrets:"',
    'compose.yaml:7:15: services.web.configs: there is no config "conf" under "configs:"',
  ],
  [
    'mounts a path of this machine',
    web('volumes:', '  - ./src:/app', '  - {type: bind, source: ~/x, target: /x}', '  - data'),
    'compose.yaml:5:9: services.web.volumes[0]: "./src" is a path of this machine, which a device cannot mount: COPY it into the image, where edits are synced, or write a path of the device',
    'compose.yaml:6:9: services.web.volumes[1]: "~/x" is a path of this machine, which a device cannot mount: COPY it into the image, where edits are synced, or write a path of the device',
    'compose.yaml:7:9: services.web.volumes[2]: "data" is not a mount: write it like name:/path or /on/the/device:/path:ro',
  ],
  [
    'has a bad variable',
    web('hostname: ${HOST', 'user: $1', 'domainname: "${A:?set it}"', 'working_dir: "${9}"'),
    'compose.yaml:4:15: services.web.hostname: "${" without "}"',
    'compose.yaml:5:11: services.web.user: a "$" that starts no variable: write "$$" for the sign itself',
    'compose.yaml:6:17: services.web.domainname: the variable A is required: set it',
    'compose.yaml:7:18: services.web.working_dir: "${9}" is not a variable: write it like ${NAME}, ${NAME:-default} or ${NAME:?message}',
  ],
  [
    'lacks a file',
    web('env_file: [nope.env, {path: other.env, required: false}]'),
    'compose.yaml:4:16: services.web.env_file[0]: there is no file nope.env',
  ],
  [
    'has a bad env file',
    { 'compose.yaml': web('env_file: bad.env'), 'bad.env': 'OK=1\nnot a variable\nB="open\n' },
    'bad.env:2:1: "not a variable" is not NAME=value',
    'bad.env:3:3: the value of B has no closing "',
  ],
  [
    'extends nobody',
    web('extends: {service: bse}').concat('\n  base: {image: b}'),
    'compose.yaml:4:24: services.web.extends: there is no service "bse": did you mean "base"?',
  ],
  [
    'extends a missing file',
    web('extends: {file: no.yaml, service: base}'),
    'compose.yaml:4:21: services.web.extends: there is no file no.yaml',
  ],
  [
    'extends in a circle',
    'services:\n  a: {extends: b}\n  b: {extends: a}',
    'compose.yaml:2:16: services.a.extends: services extend one another in a circle: a → b → a',
  ],
  [
    'includes itself',
    { 'compose.yaml': 'include: [b.yaml]\nservices: {}', 'b.yaml': 'include: [compose.yaml]\nservices: {}' },
    'b.yaml:1:11: include[0]: files include one another in a circle: compose.yaml → b.yaml → compose.yaml',
  ],
  [
    'includes what it has already',
    { 'compose.yaml': 'include: [b.yaml]\n' + web(), 'b.yaml': 'services: {web: {image: other}}' },
    'compose.yaml:3:3: services.web: is also in the included b.yaml: change it in compose.override.yaml, or give it another name',
  ],
  [
    'is a YAML bomb',
    [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'.split('').map(
        (it, i) =>
          `${it}: &${it} [${Array(10)
            .fill(`*${'abcdefgh'.charAt(i)}`)
            .join(', ')}]`,
      ),
    ].join('\n'),
    'compose.yaml:1:1: its aliases expand to more than 100000 values',
  ],
  [
    'is huge',
    `# ${'x'.repeat(5_000_000)}`,
    'compose.yaml:1:1: compose.yaml is 5.0 MB: no more than 4.0 MB are read',
  ],
  [
    'is nested too deeply',
    `x-a: ${'['.repeat(20_000)}`,
    'compose.yaml:1:1: its values are nested too deeply',
  ],
  [
    'has an alias inside its anchor',
    'x-a: &a\n  b: *a\nservices: {web: {image: a}}',
    'compose.yaml:2:6: the alias *a stands before or inside its anchor',
  ],
  [
    'merges no mapping',
    'services:\n  web:\n    <<: text\n    image: a',
    'compose.yaml:3:9: << merges mappings, and this is none',
  ],
  [
    'needs BuildKit',
    {
      'compose.yaml':
        'services:\n  web:\n    build:\n      context: .\n      ssh: [default]\n      additional_contexts: {a: b}\n      platforms: [linux/amd64, linux/arm64]',
      Dockerfile: 'FROM a\nRUN --mount=type=cache,target=/x true',
    },
    "Dockerfile:2:1: RUN: --mount needs BuildKit, which the device's builder is not",
    "compose.yaml:5:7: services.web.build.ssh: needs BuildKit, which the device's builder is not",
    "compose.yaml:6:7: services.web.build.additional_contexts: needs BuildKit, which the device's builder is not",
    'compose.yaml:7:7: services.web.build.platforms: a device builds for its own platform: name one',
  ],
  [
    'needs a newer engine or a swarm',
    web(
      'deploy: {replicas: 3}',
      'healthcheck: {test: a, start_interval: 1s}',
      'volumes: [{type: cluster, target: /x}]',
      'provider: {type: x}',
    ),
    'compose.yaml:4:24: services.web.deploy.replicas: 3 containers of one service: a device runs one',
    'compose.yaml:5:28: services.web.healthcheck.start_interval: needs an engine with API 1.44; devices have 1.41',
    "compose.yaml:6:22: services.web.volumes[0].type: mounts of type cluster are not for a device's engine",
    'compose.yaml:7:5: services.web.provider: runs a program of this machine: a device has none',
  ],
  [
    'has no Dockerfile, directory or stage',
    {
      'compose.yaml':
        'services:\n  a: {build: nowhere}\n  b: {build: {context: ., dockerfile: D2}}\n  c: {build: {context: ., target: late}}\n  d: {build: "https://example.org/x.git"}',
      Dockerfile: 'FROM a AS early',
    },
    'compose.yaml:2:14: services.a.build: there is no directory nowhere',
    'compose.yaml:3:39: services.b.build.dockerfile: there is no Dockerfile D2',
    'compose.yaml:4:35: services.c.build.target: the Dockerfile has no stage "late"; it has early',
    'compose.yaml:5:14: services.d.build: https://example.org/x.git is on the network: clone it, and build the directory',
  ],
  [
    'needs BuildKit in its inline Dockerfile',
    'services:\n  web:\n    build:\n      dockerfile_inline: |\n        FROM a\n        RUN --mount=type=cache,target=/x true',
    "compose.yaml:6:1: RUN: --mount needs BuildKit, which the device's builder is not",
  ],
  [
    'has neither image nor build',
    'services:\n  web: {ports: ["80"]}',
    'compose.yaml:2:3: services.web: has neither "image" nor "build"',
  ],
  [
    'has contradictory networks',
    web('network_mode: service:db', 'networks: [default]', 'ports: ["80:80"]').concat(
      '\n  db: {image: b, network_mode: hots}',
    ),
    'compose.yaml:4:19: services.web.network_mode: excludes "networks": write one of them',
    'compose.yaml:6:5: services.web.ports: cannot be published with network_mode service:db: publish them where that network is',
    'compose.yaml:7:32: services.db.network_mode: "hots" is not a network mode: it is host, none, bridge, service:NAME or container:NAME',
  ],
  [
    'has bad devices',
    web('devices: [ttyUSB0, "/dev/a:/dev/b:x"]', 'device_cgroup_rules: ["c 1:3 mr", char]'),
    'compose.yaml:4:15: services.web.devices[0]: "ttyUSB0" is not a device: write it like /dev/ttyUSB0:/dev/ttyUSB0:rw',
    'compose.yaml:4:24: services.web.devices[1]: "/dev/a:/dev/b:x" is not a device: write it like /dev/ttyUSB0:/dev/ttyUSB0:rw',
    'compose.yaml:5:39: services.web.device_cgroup_rules[1]: "char" is not a device rule: write it like "c 188:* rwm"',
  ],
  [
    'has two values for one limit',
    web('mem_limit: 64m', 'deploy: {resources: {limits: {memory: 65m}}}'),
    'compose.yaml:4:16: services.web.mem_limit: differs from services.web.deploy.resources.limits.memory',
  ],
  [
    'has a bad name',
    'name: My App\nservices:\n  "a b": {image: x}',
    'compose.yaml:1:7: name: "My App" is not a project name: use lowercase letters, digits, "-" and "_", with a letter or a digit first',
    'compose.yaml:3:3: services: "a b" is not a name: use letters, digits, ".", "_" and "-"',
  ],
  [
    'has a bad mode',
    `${web('secrets: [{source: k, mode: 9999}]')}\nsecrets: {k: {environment: NOPE}}`,
    'compose.yaml:4:33: services.web.secrets[0].mode: 9999 is not a mode: write it like 0444',
    'compose.yaml:5:28: secrets.k.environment: the variable NOPE is not set',
  ],
  [
    'has external secrets',
    `${web('secrets: [k]')}\nsecrets: {k: {external: true}}`,
    'compose.yaml:5:11: secrets.k: is external, which only a swarm has: give it a "file" or "environment"',
  ],
  [
    'has a bad healthcheck or command',
    web('healthcheck: {test: [curl, -f, x]}', 'command: "echo \'"'),
    'compose.yaml:4:19: services.web.healthcheck.test: starts with "curl": a list starts with CMD, CMD-SHELL or NONE',
    `compose.yaml:5:14: services.web.command: "echo '" has a quote that is not closed`,
  ],
];

describe('a compose file is refused, with file, line and column, when it', () => {
  for (const [title, files, ...problems] of bad)
    it(title, async () => {
      const found = await problemsOf(typeof files === 'string' ? { 'compose.yaml': files } : files);
      assert.deepEqual(found, problems);
    });
});
