import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { openFaultyRelay, type Fault, type FaultyRelay } from '../support/faulty-relay.ts';
import { assertNothingLeft } from '../support/push-leftovers.ts';
import { eventsOf, lastOf, startOs, usePushing } from '../support/pushing.ts';
import type { Ended } from '../support/run-program.ts';
import { useSharedDevice } from '../support/shared-device.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

const points = ['before', 'within', 'after'] as const;
type Point = (typeof points)[number];

/** Of all requests of a push each N-th is cut, at each point; by default only those that tests name. */
const every = Number(process.env['OS_CUT_EVERY'] ?? 0);

const cutAt = (request: RegExp, point: Point): Fault => ({
  do: 'cut',
  request,
  ...(point === 'within' ? { afterBytes: 1000 } : {}),
  isPassed: point === 'after',
});

interface Way {
  readonly title: string;
  readonly project: string;
  readonly lines: readonly string[];
  readonly flags: readonly string[];
  /** Requests that are cut in every run, with the points. */
  readonly chosen: readonly (readonly [RegExp, readonly Point[]])[];
}

const ways: readonly Way[] = [
  {
    title: 'a layer of what changed',
    project: 'cutlayer',
    lines: ['COPY . .'],
    flags: [],
    chosen: [
      [/images\/load/, ['within', 'after']],
      [/\/tag/, ['before']],
    ],
  },
  {
    title: 'a step in the middle',
    project: 'cutstep',
    lines: ['COPY src src', 'COPY large .', 'RUN cat src/a.js > b.js'],
    flags: [],
    chosen: [[/\/build\?/, ['within', 'after']]],
  },
  {
    title: 'the layers of an image that this machine has built',
    project: 'cuthere',
    lines: ['COPY large .', 'COPY src src'],
    flags: ['--build-on', 'local'],
    chosen: [
      [/images\/load/, ['within', 'after']],
      [/\/tag/, ['before']],
    ],
  },
];

describe('os push whose connection is cut', function () {
  this.timeout(60 * 60_000);
  const { device } = usePushing();
  // Its engine stands in for this machine's.
  const here = useSharedDevice();
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  let relay: FaultyRelay;
  before(async () => {
    home = await openTempDirectory();
    relay = await openFaultyRelay(device().address, device().ports.engine ?? 2377);
    await ssh(
      'docker volume create theirs && docker run -d --name theirs --label com.docker.compose.project=theirs --init -v theirs:/d busybox sleep 100000 && docker tag busybox theirs:1',
    );
  });
  after(async () => {
    await relay[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
  });

  const ssh = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await device().ssh(command);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  /** What is not of the projects that are pushed. */
  const others = (): Promise<string> =>
    ssh(
      "docker ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.State}}' | grep theirs; docker volume ls -q | grep -vE '^(os-lock-)?cut'; docker images --no-trunc | grep -E '^(theirs|busybox)' | tr -s ' ' | cut -d ' ' -f 1-3 | sort; docker images -q -f dangling=true",
    );

  async function push(directory: string, to: string, flags: readonly string[]): Promise<Ended> {
    const DOCKER_HOST = `tcp://${here().address}:${String(here().ports.engine)}`;
    const args = ['push', to, '--source', directory, '--detach', '--json', ...flags];
    return startOs(args, home.path, { XDG_CACHE_HOME: home.path, DOCKER_HOST }).ended;
  }
  const outcomeOf = (ended: Ended): string => {
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    const last = lastOf(ended);
    return last.type === 'done' ? last.outcome : last.type;
  };

  for (const { title, project, lines, flags, chosen } of ways)
    it(`while it sends ${title} ends with 10, and pushing again converges and touches nothing of others`, async () => {
      await using source = await openTempDirectory();
      await makeTree(source.path, {
        'compose.yaml': `name: ${project}\nservices: {main: {build: {context: ., network: none}, network_mode: none, init: true}}\n`,
        Dockerfile: ['FROM busybox', 'WORKDIR /app', ...lines, 'CMD ["sleep", "100000"]', ''].join('\n'),
        '.dockerignore': 'compose.yaml\nDockerfile\n.dockerignore\n',
        'src/a.js': '0',
        large: randomBytes(3_000_000),
      });
      outcomeOf(await push(source.path, device().address, flags));
      let version = 0;
      const edit = async (): Promise<void> => {
        await writeFile(path.join(source.path, 'src/a.js'), (++version).toString());
        // The layers of an image that is built here are small, unless a large file changes too.
        if (flags.length > 0) await writeFile(path.join(source.path, 'large'), randomBytes(600_000));
      };
      const through = `127.0.0.1:${relay.port.toString()}`;
      const cuts = chosen.flatMap(([request, wanted]) => wanted.map(point => cutAt(request, point)));
      if (every > 0) {
        await edit();
        outcomeOf(await push(source.path, through, flags));
        for (let number = 1; number <= relay.requests().length; number += every)
          cuts.push(...points.map(point => ({ do: 'cut', number, point }) as const));
      }
      const before = await others();
      for (const fault of cuts) {
        const what = inspect(fault);
        await edit();
        relay.fault = fault;
        const ended = await push(source.path, through, flags);
        // A number may be that of a request without a body.
        assert.ok('number' in fault || relay.hasFailed(), `${what} never came`);
        if (relay.hasFailed()) {
          // Where it was cut before the push has begun, nothing answered.
          const expected = eventsOf(ended).length === 1 ? [3, 10] : [10];
          assert.ok(expected.includes(ended.code ?? 0), `${what}\n${ended.stdout}${ended.stderr}`);
        }
        relay.fault = undefined;
        const outcome = outcomeOf(await push(source.path, device().address, flags));
        assert.equal(await ssh(`docker exec ${project}-main-1 cat /app/src/a.js`), version.toString(), what);
        assert.equal(outcomeOf(await push(source.path, device().address, flags)), 'up-to-date', what);
        // A push that was cut at its very end has done everything: the next one with something to do takes its lock over.
        if (outcome === 'updated') await assertNothingLeft(device());
        assert.equal(await others(), before, what);
      }
    });
});
