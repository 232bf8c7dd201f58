/**
 * Pushes whose connection is cut, by default at a few requests that matter.
 *
 *   OS_CUT_EVERY=1 npx mocha --no-config --import=tsx test/e2e/push-cuts.test.ts --grep 'a layer of what changed'
 *
 * cuts at every request of that way, `OS_CUT_EVERY=5` at every fifth; without `--grep` this is done in all ways. A way takes five
 * to ten minutes; several can run side by side, each with two devices of its own. `OS_CUT_SSH=20` adds twenty cuts of each way's
 * connection over SSH, anywhere. What fails is printed at once, and the rest is tried all the same.
 */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { cutPointsOf, cutWays, type CutScene, type CutWay } from '../support/cut-ways.ts';
import { openFaultyRelay, type Fault, type FaultyRelay } from '../support/faulty-relay.ts';
import { assertNothingLeft } from '../support/push-leftovers.ts';
import { eventsOf, lastOf, startOs, usePushing } from '../support/pushing.ts';
import { openRegistry, openTunnel, registryLogin } from '../support/registry.ts';
import type { Ended } from '../support/run-program.ts';
import { useSharedDevice } from '../support/shared-device.ts';
import { openSshRelay, type SshRelay } from '../support/ssh-relay.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

/** Of all points at which a push can be cut each N-th is tried, in all ways; by default only those that ways name. */
const every = Number(process.env['OS_CUT_EVERY'] ?? 0);
/** The number of cuts of each way over SSH. */
const overSsh = Number(process.env['OS_CUT_SSH'] ?? 0);
const isThorough = every > 0 || overSsh > 0;

describe('os push whose connection is cut', function () {
  this.timeout(60 * 60_000);
  const { device } = usePushing();
  // Its engine stands in for this machine's.
  const here = useSharedDevice();
  const opened: AsyncDisposable[] = [];
  const open = async <T extends AsyncDisposable>(opening: Promise<T>): Promise<T> => {
    const it = await opening;
    opened.unshift(it);
    return it;
  };
  let home: string;
  let relay: FaultyRelay;
  let sshRelay: SshRelay;
  let scene: CutScene;
  // Of so many digits that the relay takes it for an id.
  let version = 10_000_000;
  before(async () => {
    home = (await open(openTempDirectory())).path;
    relay = await open(openFaultyRelay(device().address, device().ports.engine ?? 2377));
    sshRelay = await open(openSshRelay(device().address));
    scene = { device: device(), here: here(), registry: '', stateHome: home };
    await ssh(
      'docker volume create theirs && docker run -d --name theirs --label com.docker.compose.project=theirs --init -v theirs:/d busybox sleep 100000 && docker tag busybox theirs:1',
    );
    if (!isThorough) return;
    const registry = await open(openRegistry());
    const { host } = await open(openTunnel(device().address, registry.port));
    const { username, password } = registryLogin;
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    await makeTree(home, { '.docker/config.json': JSON.stringify({ auths: { [host]: { auth } } }) });
    scene = { ...scene, registry: host };
  });
  after(async () => {
    for (const it of opened) await it[Symbol.asyncDispose]();
  });

  const ssh = async (command: string, on = device()): Promise<string> => {
    const { code, stdout, stderr } = await on.ssh(command);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  /**
   * What is there besides the version of the image: what is not of the project `project`, images that have no name, here too, and
   * the names of the project's containers and images.
   */
  const surroundings = async (project: string): Promise<string> => {
    const names = `docker ps -a --filter label=com.docker.compose.project=${project} --format '{{.Names}}' | sort; docker images --format '{{.Repository}}:{{.Tag}}' | grep ${project}`;
    const others = await ssh(
      "docker ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.State}}' | grep theirs; docker volume ls -q | sort; docker images --no-trunc | grep -E '^(theirs|busybox)' | tr -s ' ' | cut -d ' ' -f 1-3 | sort; docker images -q -f dangling=true",
    );
    const own = `${await ssh(`${names}; true`)}--\n${await ssh(`docker images -q -f dangling=true; ${names}; true`, here())}`;
    const alike = own.split('\n').map(line => line.replace(/[0-9a-f]{8,}/g, 'ID').replace(/:\d+$/, ':N'));
    return `${others}--\n${[...new Set(alike)].sort().join('\n')}`;
  };

  function push(directory: string, to: string, flags: readonly string[]): Promise<Ended> {
    const DOCKER_HOST = `tcp://${here().address}:${String(here().ports.engine)}`;
    const args = ['push', to, '--source', directory, '--detach', '--json', ...flags];
    return startOs(args, home, { XDG_CACHE_HOME: home, DOCKER_HOST }).ended;
  }
  const outcomeOf = (ended: Ended): string => {
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    const last = lastOf(ended);
    return last.type === 'done' ? last.outcome : last.type;
  };

  /** A project of which everything that is needed runs on the device. */
  async function openPushed({ project, files, flags, edit, prepare, read }: CutWay) {
    const source = await openTempDirectory();
    await makeTree(source.path, files);
    const pushTo = (to: string, ...more: readonly string[]): Promise<Ended> =>
      push(source.path, to, [...flags, ...more]);
    const pushed = async (...more: readonly string[]): Promise<string> =>
      outcomeOf(await pushTo(device().address, ...more));
    const change = async (): Promise<void> => {
      const next = (++version).toString();
      await prepare?.(next, scene);
      await makeTree(source.path, edit(next, scene));
    };
    await change();
    await pushed();
    await change();
    await pushed();
    let before = await surroundings(project);
    return {
      change,
      pushTo,
      /** The next push ends well, the service runs what it was given, and nothing else is left or touched. */
      async converges(what: string, ...more: readonly string[]): Promise<void> {
        try {
          await pushed(...more);
          const found = await ssh(`docker exec ${project}-main-1 ${read ?? 'cat /app/src/a.js'}`);
          assert.equal(found.trim(), version.toString(), what);
          assert.equal(await pushed(...more), 'up-to-date', what);
          await assertNothingLeft(device());
          assert.equal(await surroundings(project), before, what);
        } catch (error) {
          before = await surroundings(project);
          throw error;
        }
      },
      [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
    };
  }

  /** Every round is carried out; throws what all of those that failed have thrown. */
  async function carryOut<T>(rounds: readonly T[], round: (it: T) => Promise<void>): Promise<void> {
    const failures: string[] = [];
    for (const it of rounds)
      await round(it).catch((error: unknown) => {
        failures.push(`${inspect(it)}: ${inspect(error)}`);
        if (isThorough) process.stderr.write(`${failures.at(-1) ?? ''}\n`);
      });
    assert.equal(failures.join('\n\n'), '', `of ${rounds.length.toString()} cuts`);
  }

  for (const way of cutWays.filter(({ chosen }) => every > 0 || chosen.length > 0))
    it(`while it sends ${way.title} ends with 10, and pushing again converges and touches nothing of others`, async () => {
      await using project = await openPushed(way);
      const through = `127.0.0.1:${relay.port.toString()}`;
      const cuts = way.chosen.flatMap(([request, points]) =>
        points.map((point): Fault => ({
          do: 'cut',
          request,
          ...(point === 'within' ? { afterBytes: 1000 } : {}),
          isPassed: point === 'after',
        })),
      );
      if (every > 0) {
        await project.change();
        relay.fault = undefined;
        outcomeOf(await project.pushTo(through));
        cuts.push(...cutPointsOf(relay.seen(), every).map(point => ({ do: 'cut', ...point }) as const));
      }
      await carryOut(cuts, async fault => {
        const what = inspect(fault);
        // Now and then a way folds its layers and makes other requests.
        for (let attempt = 0; attempt === 0 || (!relay.hasFailed() && attempt < 3); attempt++) {
          await project.change();
          relay.fault = fault;
          const ended = await project.pushTo(through);
          if (!relay.hasFailed()) continue;
          // Where it was cut before the push has begun, nothing answered.
          const expected = eventsOf(ended).length === 1 ? [3, 10] : [10];
          assert.ok(expected.includes(ended.code ?? 0), `${what}\n${ended.stdout}${ended.stderr}`);
        }
        const hasFailed = relay.hasFailed();
        relay.fault = undefined;
        await project.converges(what);
        // A short body may come with its head.
        assert.ok(hasFailed || ('line' in fault && fault.point === 'within'), `${what} never came`);
      });
    });

  for (const way of overSsh > 0 ? cutWays : [])
    it(`while it sends ${way.title} over SSH ends with 10, and pushing again converges and touches nothing of others`, async () => {
      await using project = await openPushed(way);
      await project.change();
      sshRelay.cutAfter(undefined);
      outcomeOf(await project.pushTo(sshRelay.address, '--via', 'ssh'));
      const pieces = sshRelay.pieces();
      const cuts = Array.from({ length: overSsh }, () => 1 + Math.floor(Math.random() * pieces));
      await carryOut(cuts, async piece => {
        await project.change();
        sshRelay.cutAfter(piece);
        const ended = await project.pushTo(sshRelay.address, '--via', 'ssh');
        if (sshRelay.hasFailed()) assert.ok([3, 10].includes(ended.code ?? 0), ended.stdout + ended.stderr);
        sshRelay.cutAfter(undefined);
        await project.converges(`piece ${piece.toString()} of ${pieces.toString()}`, '--via', 'ssh');
      });
    });
});
