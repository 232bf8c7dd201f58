import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { assertNothingLeft } from '../support/push-leftovers.ts';
import { eventsOf, lastOf, usePushing } from '../support/pushing.ts';
import type { Ended } from '../support/run-program.ts';
import { openSmallDisk } from '../support/small-disk.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

describe('os push to a device whose disk is all but full', function () {
  this.timeout(upTimeoutMs);
  const { device, push, pushed } = usePushing();
  let disk: Awaited<ReturnType<typeof openSmallDisk>>;
  before(async () => {
    disk = await openSmallDisk(device(), 80);
  });

  const write = async (directory: string, megabytes: number, steps = ''): Promise<void> => {
    await makeTree(directory, {
      'compose.yaml': `name: full\nservices:\n  web: {build: ., init: true}\n`,
      Dockerfile: `FROM busybox\nCOPY large /\n${steps}CMD ["sleep", "1000"]\n`,
    });
    await writeFile(path.join(directory, 'large'), Buffer.alloc(megabytes * 1_000_000, randomBytes(8)));
  };
  /** The failure that it ended with, which is that there is no space. */
  const failureOf = (ended: Ended): string => {
    assert.equal(ended.code, 9, ended.stdout + ended.stderr);
    const last = lastOf(ended);
    assert.ok(last.type === 'error');
    assert.equal(last.error.code, 'no-space');
    assert.equal(last.error.hint, '`os clean` removes what earlier pushes left behind');
    return last.error.message;
  };

  it('ends with 9 before it sends anything that has no room', async () => {
    await using project = await openTempDirectory();
    await write(project.path, 8);
    await disk.leaveFree(6);
    const ended = await push(project.path);
    assert.match(failureOf(ended), /^\S+ has 6\.0 MB free; these builds need about 36\.0 MB$/);
    assert.ok(eventsOf(ended).every(({ type }) => type !== 'upload'));
    await assertNothingLeft(device());
  });

  const full: readonly (readonly [string, number, RegExp, string?])[] = [
    ['during the upload', 2, /^\S+ is out of space: .*no space left on device$/],
    ['when COPY makes a layer', 5, /^\S+ is out of space: .*no space left on device$/],
    [
      'in a RUN step',
      16,
      /^\S+ is out of space: the build of web fails at step 3\/4: .*\n.*No space left on device/,
      'RUN dd if=/dev/zero of=/zeros bs=1M count=100\n',
    ],
  ];
  for (const [when, freeMegabytes, message, steps] of full)
    it(`ends with 9 when the disk is full ${when}, leaves nothing, and converges once there is room`, async () => {
      await using project = await openTempDirectory();
      await write(project.path, 4, steps);
      await disk.leaveFree(freeMegabytes);
      assert.match(failureOf(await push(project.path)), message);
      await assertNothingLeft(device());
      await disk.leaveFree(20);
      await write(project.path, 4);
      await pushed(project.path);
      const last = lastOf(await push(project.path));
      assert.equal(last.type === 'done' && last.outcome, 'up-to-date');
    });
});
