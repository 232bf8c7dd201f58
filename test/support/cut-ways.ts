/** The ways in which a push gives a device an image, each with a project whose every edit takes it. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { EmulatedDevice } from './emulated-device.ts';
import type { CutPoint, RequestPlace, SeenRequest } from './faulty-relay.ts';
import { registryLogin } from './registry.ts';
import type { Tree } from './tree.ts';

export interface CutScene {
  readonly device: EmulatedDevice;
  /** Its engine stands in for this machine's. */
  readonly here: EmulatedDevice;
  /** The device pulls from it. */
  readonly registry: string;
  /** Where this machine keeps what it remembers of devices and builds. */
  readonly stateHome: string;
}

export interface CutWay {
  readonly title: string;
  readonly project: string;
  readonly flags: readonly string[];
  readonly files: Tree;
  /** What changes; `version` is a number that no edit before had. */
  readonly edit: (version: string, scene: CutScene) => Tree;
  /** Called before each edit. */
  readonly prepare?: (version: string, scene: CutScene) => Promise<void>;
  /** Prints the version of the image in a container. Default: a file. */
  readonly read?: string;
  /** Requests that are cut in every run, with the points; for a way that has none, only where all of its requests are cut. */
  readonly chosen: readonly (readonly [RegExp, readonly ('before' | 'within' | 'after')[]])[];
}

const compose = (project: string): string =>
  `name: ${project}\nservices: {main: {build: {context: ., network: none}, network_mode: none, init: true}}\n`;

/** The files of a project of one service, whose Dockerfile has `lines` between its base image and its command. */
const filesOf = (project: string, lines: readonly string[]): Tree => ({
  'compose.yaml': compose(project),
  Dockerfile: ['FROM busybox', 'WORKDIR /app', ...lines, 'CMD ["sleep", "100000"]', ''].join('\n'),
  '.dockerignore': 'compose.yaml\nDockerfile\n.dockerignore\n',
  'src/a.js': '0',
  large: randomBytes(3_000_000),
});

const editSource = (version: string): Tree => ({ 'src/a.js': version });

async function run(device: EmulatedDevice, ...lines: readonly string[]): Promise<void> {
  const { code, stderr } = await device.ssh(['set -e', ...lines].join('\n'));
  if (code !== 0) throw new Error(stderr);
}

/** A project that runs an image which is not built of it. */
const runImage = (project: string, image: string, policy = ''): Tree => ({
  'compose.yaml': `name: ${project}\nservices: {main: {image: "${image}", ${policy}network_mode: none, init: true, command: sleep 100000}}\n`,
});

/** Builds an image whose file is `version`, with a layer that is sent in more than one piece. */
const buildImage = (image: string, version: string): string =>
  `mkdir -p /tmp/cut && printf 'FROM busybox\\nCOPY large /\\nRUN mkdir -p /app/src && printf ${version} > /app/src/a.js\\n' > /tmp/cut/Dockerfile && head -c 500000 /dev/urandom > /tmp/cut/large && docker build -q -t ${image} /tmp/cut`;

const first = 'cutfirst';

export const cutWays: readonly CutWay[] = [
  {
    title: 'a layer of what changed',
    project: 'cutlayer',
    flags: [],
    files: filesOf('cutlayer', ['COPY . .']),
    edit: editSource,
    chosen: [
      [/images\/load/, ['within', 'after']],
      [/\/tag/, ['before']],
    ],
  },
  {
    title: 'a step in the middle',
    project: 'cutstep',
    flags: [],
    files: filesOf('cutstep', ['COPY src src', 'COPY large .', 'RUN cat src/a.js > b.js']),
    edit: editSource,
    chosen: [[/\/build\?/, ['within', 'after']]],
  },
  {
    title: 'the layers of an image that this machine has built',
    project: 'cuthere',
    flags: ['--build-on', 'local'],
    files: filesOf('cuthere', ['COPY large .', 'COPY src src']),
    // The layers of an image that is built here are small, unless a large file changes too.
    edit: version => ({ ...editSource(version), large: randomBytes(600_000) }),
    chosen: [
      [/images\/load/, ['within', 'after']],
      [/\/tag/, ['before']],
    ],
  },
  {
    title: 'the difference to an image that this machine has built',
    project: 'cutdiff',
    flags: ['--build-on', 'local'],
    files: filesOf('cutdiff', ['COPY . .']),
    edit: editSource,
    chosen: [],
  },
  {
    title: 'the whole context',
    project: 'cutwhole',
    flags: ['--no-delta'],
    files: filesOf('cutwhole', ['COPY . .']),
    edit: editSource,
    chosen: [],
  },
  {
    title: 'another configuration',
    project: 'cutconfig',
    flags: [],
    files: filesOf('cutconfig', ['COPY . .']),
    edit: version => ({
      Dockerfile: `FROM busybox\nWORKDIR /app\nCOPY . .\nENV VERSION=${version}\nCMD ["sleep", "100000"]\n`,
    }),
    read: `sh -c 'echo $VERSION'`,
    chosen: [],
  },
  {
    title: 'the first images of a project',
    project: first,
    flags: [],
    files: {
      ...filesOf(first, ['COPY . .']),
      'compose.yaml': `name: ${first}
services:
  main: {build: {context: .}, init: true, depends_on: [side], volumes: ["data:/data"]}
  side: {build: {context: ., dockerfile_inline: "FROM busybox\\nRUN echo side > /side\\n"}, init: true, command: sleep 100000}
volumes: {data: {}}
`,
    },
    edit: editSource,
    async prepare(_version: string, { device, stateHome }: CutScene): Promise<void> {
      await run(
        device,
        `docker ps -aq --filter label=com.docker.compose.project=${first} | xargs -r docker rm -f`,
        `docker images --format '{{.Repository}}:{{.Tag}}' | grep ^${first}- | xargs -r docker rmi`,
        `docker network ls -q --filter label=com.docker.compose.project=${first} | xargs -r docker network rm`,
        `docker volume ls -q --filter label=com.docker.compose.project=${first} | xargs -r docker volume rm`,
      );
      await rm(path.join(stateHome, 'os-cli'), { recursive: true, force: true });
    },
    chosen: [],
  },
  {
    title: 'an image of this machine',
    project: 'cutlent',
    flags: [],
    files: {},
    edit: version => runImage('cutlent', `cutlent:${version}`, 'pull_policy: never, '),
    prepare: (version, { here }) => run(here, buildImage(`cutlent:${version}`, version)),
    chosen: [],
  },
  {
    title: 'an image of a registry',
    project: 'cutpulled',
    flags: [],
    files: {},
    edit: (version, { registry }) => runImage('cutpulled', `${registry}/private/cutpulled:${version}`),
    async prepare(version: string, { device, registry }: CutScene): Promise<void> {
      const image = `${registry}/private/cutpulled:${version}`;
      const { username, password } = registryLogin;
      await run(
        device,
        'export DOCKER_CONFIG=/tmp/cut',
        buildImage(image, version),
        `docker login -u ${username} -p ${password} ${registry} 2> /dev/null`,
        `docker push -q ${image}; docker rmi ${image}; rm -r /tmp/cut`,
      );
    },
    chosen: [],
  },
];

/** A request is made again and again until a service has started, how often depends on the time that takes: more are alike. */
const repeats = 3;

/**
 * Each `every`-th of the points at which cutting a command that makes these requests leaves something else behind: a request
 * that only reads is cut the first times that it is made, and whether it has been answered makes no difference.
 */
export function cutPointsOf(
  seen: readonly SeenRequest[],
  every: number,
): readonly (RequestPlace & { readonly point: CutPoint })[] {
  const points = seen.flatMap(({ line, occurrence, hasBody, hasEnd }) => {
    const isReading = /^(?:GET|HEAD)/.test(line);
    if (isReading && occurrence > repeats) return [];
    const wanted: readonly (readonly [CutPoint, boolean])[] = [
      ['before', true],
      ['within', hasBody],
      ['after', !isReading || line.includes('/events')],
      ['end', !isReading && hasEnd],
    ];
    return wanted.flatMap(([point, isWanted]) => (isWanted ? [{ line, occurrence, point }] : []));
  });
  return points.filter((_, i) => i % every === 0);
}
