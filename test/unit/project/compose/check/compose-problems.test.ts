import { testBadFiles, web, type BadFile } from '../../../../support/bad-files.ts';

const bad: BadFile[] = [
  [
    'is not YAML',
    'services:\n  web: [',
    'compose.yaml:2:9: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  [
    'says a thing twice',
    'services:\n  web:\n    image: a\n    image: b',
    'compose.yaml:4:5: not valid YAML: Map keys must be unique: image is there already',
  ],
  [
    'merges twice',
    'x-a: &a {image: a}\nservices:\n  web:\n    <<: *a\n    <<: *a',
    'compose.yaml:5:5: not valid YAML: Map keys must be unique: write one <<: [*one, *other]',
  ],
  [
    'has a colon in plain text',
    web('command: echo a: b'),
    'compose.yaml:4:14: not valid YAML: Nested mappings are not allowed in compact mappings: text with ": " in it needs quotes around it',
  ],
  [
    'has its services at the top',
    'web: {image: a}\ndb: {build: .}\nother: {}',
    'compose.yaml:1:1: unknown key "web": a service stands under "services:"',
    'compose.yaml:2:1: unknown key "db": a service stands under "services:"',
    'compose.yaml:3:1: unknown key "other"',
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
    'names variables that are not set',
    'services:\n  web:\n    image: "${IMG}"\n    ports: ["${A}x:${B}"]\n    user: "${C}"\n    restart: maybe',
    'compose.yaml:3:12: services.web.image: is empty, and there is no "build"; the variable IMG is not set',
    'compose.yaml:4:13: services.web.ports[0]: "x:" is not a port: write it like "8080:80", "127.0.0.1:8080:80/udp" or "8000-8010:8000-8010"; the variables A, B are not set',
    'compose.yaml:6:14: services.web.restart: "maybe" is not a restart policy: it is no, always, unless-stopped, on-failure or on-failure:3',
  ],
  [
    'has a tab in the middle',
    'services:\n  web:\n    image: a\n    networks:\n      n:\n        aliases\n    \t  - b\n',
    'compose.yaml:7:5: not valid YAML: Tabs are not allowed as indentation',
  ],
  [
    'indents a key too far',
    'services:\n  web:\n    image: a\n     ports: []\n',
    'compose.yaml:3:12: not valid YAML: Nested mappings are not allowed in compact mappings: the next line is indented further, as if it continued this one',
  ],
  [
    'indents keys of a service like a service',
    'services:\n  web:\n    image: a\n  restart: always\n  ports:\n    - "80:80"\n  other: x\n',
    'compose.yaml:4:12: services.restart: has to be a mapping: "always" is not: indent it as the keys of the service above',
    'compose.yaml:5:3: services.ports: has to be a mapping, and is a list: indent it as the keys of the service above',
    'compose.yaml:7:10: services.other: has to be a mapping: "x" is not',
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
    'gives a number where a duration is wanted',
    web('healthcheck: {test: x, interval: 5}', 'stop_grace_period: 10'),
    'compose.yaml:4:38: services.web.healthcheck.interval: has to be a duration: write it like 5s',
    'compose.yaml:5:24: services.web.stop_grace_period: has to be a duration: write it like 10s',
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
    'compose.yaml:4:24: services.web.stop_grace_period: has to be a duration: write it like 10s',
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
];

describe('a compose file is refused, with file, line and column, when it', () => testBadFiles(bad));
