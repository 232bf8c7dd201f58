import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { usePushing } from '../support/pushing.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

const compose = `name: pair
services:
  db: {build: ., init: true}
  web: {image: pair-db, pull_policy: never, init: true, command: sleep 1000, depends_on: [db]}
`;

describe('the services of a device', function () {
  this.timeout(90_000);
  const { device, os, start, push, pushed, containers, noBuildContainers } = usePushing();
  let project: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async () => {
    project = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml': compose,
      Dockerfile: 'FROM busybox\nCMD ["sleep", "1000"]\n',
    });
    await os('build', device().address, '--source', project.path);
    await pushed(project.path);
  });
  after(async () => {
    await project[Symbol.asyncDispose]();
  });
  const on = (command: string, ...rest: string[]): ReturnType<typeof os> =>
    os(command, device().address, ...rest, '--source', project.path);

  it('are listed by os ps, with their state', async () => {
    const { stdout } = await on('ps', '--json');
    const { result } = JSON.parse(stdout) as {
      result: { project: string; services: { service: string; state: string }[] };
    };
    assert.equal(result.project, 'pair');
    assert.deepEqual(
      result.services.map(({ service, state }) => [service, state]),
      [
        ['db', 'running'],
        ['web', 'running'],
      ],
    );
  });

  it('stop, start and restart in the order of what depends on what', async () => {
    assert.equal((await on('stop')).stdout, 'stopped: web, db\n');
    assert.ok((await containers('pair')).every(it => it.State === 'exited'));
    assert.equal((await on('start')).stdout, 'started: db, web\n');
    assert.equal((await on('restart', 'web')).stdout, 'restarted: web\n');
    assert.ok((await containers('pair')).every(it => it.State === 'running'));
  });

  it('are named when one is meant that is not there', async () => {
    const { code, stderr } = await on('stop', 'wbe');
    assert.equal(code, 2);
    assert.match(stderr, /no service wbe .*\n +it has db, web/);
  });

  it('leave nothing behind that os clean does not remove', async () => {
    await makeTree(project.path, {
      Dockerfile: 'FROM busybox\nRUN head -c 5000000 /dev/zero > /big\nCMD ["sleep", "1000"]\n',
    });
    await pushed(project.path);
    await makeTree(project.path, {
      Dockerfile: 'FROM busybox\nRUN echo small > /big\nCMD ["sleep", "1000"]\n',
    });
    await pushed(project.path);
    await eventually(async () => {
      const { stdout } = await os('clean', device().address, '--json');
      const { result } = JSON.parse(stdout) as { result: { images: string[]; freedBytes: number } };
      assert.ok(result.images.length > 0 && result.freedBytes >= 5_000_000, stdout);
    });
    const again = await os('clean', device().address);
    assert.equal(again.stdout, 'nothing to remove\n');
    assert.equal((await push(project.path)).code, 0);
  });

  describe('after a build that failed', () => {
    const untagged = async (): Promise<string[]> => {
      const { stdout } = await device().ssh('docker images --quiet --filter dangling=true');
      return stdout.split('\n').filter(id => id !== '');
    };
    before(async () => {
      await device().ssh(`printf 'FROM busybox\\nRUN echo of others\\n' | docker build -`);
      await makeTree(project.path, {
        Dockerfile: 'FROM busybox\nRUN head -c 5000000 /dev/urandom > /big\nRUN false\n',
      });
      assert.equal((await push(project.path)).code, 5);
      assert.equal((await untagged()).length, 2);
    });

    it('are cleaned of nothing that others may have made, and a person is told', async () => {
      const { code, stdout, stderr } = await os('clean', device().address);
      assert.deepEqual([code, stdout], [0, 'nothing to remove\n']);
      assert.equal(
        stderr,
        '2 unnamed images may come from interrupted builds, or from other tools; --dangling removes them\n',
      );
      assert.equal((await untagged()).length, 2);
    });

    it('are cleaned of nothing that a push needs which is at work', async () => {
      await makeTree(project.path, { Dockerfile: 'FROM busybox\nRUN true\nRUN sleep 300\n' });
      const pushing = start('push', device().address, '--source', project.path, '--detach');
      await pushing.saying(/step 3\/3/);
      const { code, stderr } = await os('clean', device().address, '--dangling');
      assert.equal(code, 8, stderr);
      assert.match(stderr, /another os command is working on the project pair /);
      assert.equal((await os('clean', device().address)).code, 0);
      pushing.kill('SIGINT');
      assert.equal((await pushing.ended).code, 130);
      await noBuildContainers();
    });

    it('are cleaned by --dangling of all that has no name, and of nothing that has one', async () => {
      const { stdout } = await os('clean', device().address, '--dangling', '--json');
      assert.match(stdout, /"ok":true/);
      const { result } = JSON.parse(stdout) as { result: { freedBytes: number; danglingImages: number } };
      assert.equal(result.danglingImages, 0);
      assert.ok(result.freedBytes >= 5_000_000, stdout);
      assert.deepEqual(await untagged(), []);
      const named = await device().ssh("docker images --format '{{.Repository}}' | sort -u");
      assert.equal(named.stdout, 'busybox\npair-db\n');
    });
  });
});
