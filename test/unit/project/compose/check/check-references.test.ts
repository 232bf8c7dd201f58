import { testBadFiles, web, type BadFile } from '../../../../support/bad-files.ts';

const bad: BadFile[] = [
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
    'mounts a path that a variable makes one of this machine',
    {
      'compose.yaml': web(
        'volumes:',
        '  - ${PWD}/src:/app',
        '  - {type: bind, source: "${HOME:-/root}/x", target: /x}',
        '  - $DATA/x:/y',
      ),
      '.env': 'PWD=/home/me/shop\nHOME=/home/me\nDATA=/mnt/data',
    },
    'compose.yaml:5:9: services.web.volumes[0]: "/home/me/shop/src" is a path of this machine, which a device cannot mount: COPY it into the image, where edits are synced, or write a path of the device',
    'compose.yaml:6:9: services.web.volumes[1]: "/home/me/x" is a path of this machine, which a device cannot mount: COPY it into the image, where edits are synced, or write a path of the device',
  ],
  [
    'has a bad variable',
    web('hostname: ${HOST', 'domainname: "${A:?set it}"', 'working_dir: "${9}"'),
    'compose.yaml:4:15: services.web.hostname: "${" without "}": write "$${" for the signs themselves',
    'compose.yaml:5:17: services.web.domainname: the variable A is required: set it',
    'compose.yaml:6:18: services.web.working_dir: "${9}" is not a variable: write it like ${NAME}, ${NAME:-default} or ${NAME:?message}',
  ],
  [
    "leaves a variable to a container's shell, as tools do that know no variables of compose files",
    web('command: ["sh", "-c", "[ ${A,,} = b ]; echo ${#A} ${A##*/} ${A[0]}"]', 'hostname: "${A-b}${A b}"'),
    'compose.yaml:4:27: services.web.command[2]: "${A,,}" is a form that only a shell knows: write $${A,,} to leave it to the container\'s',
    'compose.yaml:5:15: services.web.hostname: "${A b}" is not a variable: write it like ${NAME}, ${NAME:-default} or ${NAME:?message}',
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
      '\n  db: {image: b, network_mode: "ho ts"}',
    ),
    'compose.yaml:4:19: services.web.network_mode: excludes "networks": write one of them',
    'compose.yaml:6:5: services.web.ports: cannot be published with network_mode service:db: publish them where that network is',
    'compose.yaml:7:32: services.db.network_mode: "ho ts" is not a network mode: it is host, none, bridge, service:NAME, container:NAME or the name of a network of the device',
  ],
  [
    'binds a directory of this machine by a volume',
    `${web('volumes: ["v:/v", "w:/w", "n:/n"]')}\nvolumes:\n  v: {driver_opts: {type: none, o: bind, device: ./data}}\n  w: {driver: local, driver_opts: {o: "ro,bind", device: data}}\n  n: {driver_opts: {type: tmpfs, device: tmpfs, o: size=1m}}\n  unused: {driver_opts: {o: bind, device: .}}`,
    'compose.yaml:6:50: volumes.v.driver_opts.device: "./data" is a path of this machine, which a device cannot mount: COPY it into the image, where edits are synced, or write a path of the device',
    'compose.yaml:7:58: volumes.w.driver_opts.device: "data" is a path of this machine, which a device cannot mount: COPY it into the image, where edits are synced, or write a path of the device',
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
    'names what is no image',
    'services:\n  a: {image: MyApp}\n  b: {image: "busybox:${TAG}"}',
    'compose.yaml:2:14: services.a.image: "MyApp" is not an image name: write it in lowercase',
    'compose.yaml:3:14: services.b.image: "busybox:" is not an image name: write it like busybox, busybox:1.36 or ghcr.io/me/app:2; the variable TAG is not set',
  ],
  [
    'names an image by a variable of a template',
    'services:\n  a: {image: "me/app-%%BALENA_ARCH%%:1"}',
    'compose.yaml:2:14: services.a.image: %%BALENA_ARCH%% is replaced in a Dockerfile.template alone: write "build" in place of "image", with such a file, whose FROM may name me/app-%%BALENA_ARCH%%:1',
  ],
  [
    'gives two services one name on the device',
    {
      'compose.yaml':
        'services:\n  a: {image: a, container_name: same}\n  b: {image: a, container_name: same}\n  Web: {build: .}\n  web: {build: .}',
      Dockerfile: 'FROM a',
    },
    'compose.yaml:3:33: services.b.container_name: is the name of a already',
    'compose.yaml:5:3: services.web: its image would have the name of Web\'s: give one an "image"',
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

describe('a compose file is refused, with file, line and column, when it', () => testBadFiles(bad));
