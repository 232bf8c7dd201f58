import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { assertNothingLeft } from '../support/push-leftovers.ts';
import { eventsOf, lastOf, startOs, usePushing } from '../support/pushing.ts';
import type { Ended } from '../support/run-program.ts';
import { useSharedDevice } from '../support/shared-device.ts';
import { openSmallDisk } from '../support/small-disk.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

describe('os push of an image of this machine to a device whose disk is all but full', function () {
  this.timeout(upTimeoutMs);
  let disk: Awaited<ReturnType<typeof openSmallDisk>> | undefined;
  // Before the device is given back, which is done after the tests too.
  after(() => disk?.[Symbol.asyncDispose]());
  const { device } = usePushing();
  // Its engine stands in for this machine's.
  const here = useSharedDevice();
  before(async () => {
    disk = await openSmallDisk(device(), 80);
  });

  async function push(directory: string, home: string, ...flags: string[]): Promise<Ended> {
    const args = ['push', device().address, '--source', directory, '--detach', '--json', ...flags];
    const DOCKER_HOST = `tcp://${here().address}:${String(here().ports.engine)}`;
    return startOs(args, home, { XDG_CACHE_HOME: home, DOCKER_HOST }).ended;
  }

  const write = (directory: string, megabytes: number): Promise<void> =>
    makeTree(directory, {
      'compose.yaml': 'name: tight\nservices:\n  web: {build: ., init: true}\n',
      Dockerfile: 'FROM busybox\nCOPY large /\nCMD ["sleep", "1000"]\n',
      large: randomBytes(megabytes * 1_000_000),
    });

  /** Checks that it ended for lack of space; returns the message. */
  function failureOf(ended: Ended): string {
    assert.equal(ended.code, 9, ended.stdout + ended.stderr);
    const last = lastOf(ended);
    assert.ok(last.type === 'error');
    assert.equal(last.error.code, 'no-space');
    assert.equal(last.error.hint, '`os clean` removes what earlier pushes left behind');
    return last.error.message;
  }

  /** Containers, volumes, archives and images: what the engine had before is all that it has. */
  async function assertUntouched(project: string): Promise<void> {
    await assertNothingLeft(device());
    const { stdout } = await device().ssh(
      `docker ps --all --quiet --filter name=${project}; docker images --quiet ${project}-web; ls -A /var/lib/docker/tmp`,
    );
    assert.equal(stdout, '');
  }

  it('ends with 9 before any layer is sent, and pushes once there is room', async () => {
    await using project = await openTempDirectory();
    await using home = await openTempDirectory();
    await write(project.path, 8);
    await disk?.leaveFree(6);
    const ended = await push(project.path, home.path, '--build-on', 'local');
    assert.match(failureOf(ended), /^\S+ has 6\.0 MB free; the image of web needs about 36\.0 MB$/);
    assert.ok(eventsOf(ended).every(({ type }) => type !== 'upload'));
    await assertUntouched('tight');
    await disk?.leaveFree(40);
    const again = await push(project.path, home.path, '--build-on', 'local');
    assert.equal(again.code, 0, again.stdout + again.stderr);
    await device().ssh(
      'docker rm -f tight-web-1; docker image prune -af --filter label=com.docker.compose.project',
    );
  });

  it('ends with 9 and leaves nothing when the disk is full during the load', async () => {
    await using project = await openTempDirectory();
    await using home = await openTempDirectory();
    await write(project.path, 4);
    await disk?.leaveFree(2);
    const ended = await push(project.path, home.path, '--build-on', 'local', '--project', 'fuller');
    assert.match(failureOf(ended), /^\S+ is out of space: .*no space left on device$/);
    await assertUntouched('fuller');
  });

  it('ends with 9 before an image that only this machine has is sent', async () => {
    await using project = await openTempDirectory();
    await using home = await openTempDirectory();
    const made = await here().ssh(
      'cd $(mktemp -d) && head -c 8000000 /dev/urandom > large && printf "FROM busybox\\nCOPY large /\\n" > Dockerfile && docker build -q -t only-here-large .',
    );
    assert.equal(made.code, 0, made.stderr);
    await makeTree(project.path, {
      'compose.yaml': 'name: taken\nservices: {web: {image: only-here-large, pull_policy: never}}\n',
    });
    await disk?.leaveFree(6);
    const ended = await push(project.path, home.path);
    assert.match(failureOf(ended), /^\S+ has 6\.0 MB free; the image of web needs about 36\.0 MB$/);
    assert.ok(eventsOf(ended).every(({ type }) => type !== 'upload'));
    await assertUntouched('taken');
  });
});
