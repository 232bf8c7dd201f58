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
  const { device, os, push, pushed, containers } = usePushing();
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
    }, 2000);
    const again = await os('clean', device().address);
    assert.equal(again.stdout, 'nothing is left behind\n');
    assert.equal((await push(project.path)).code, 0);
  });
});
