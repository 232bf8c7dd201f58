import assert from 'node:assert/strict';
import { readdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../../../../../src/core/errors.ts';
import {
  explainFolderFailure,
  removeLeftovers,
} from '../../../../../src/release/build/local/image-folder.ts';
import { processIdentity, readProcessSpace } from '../../../../../src/state/process-identity.ts';
import { openTestMemory } from '../../../../support/delta-rounds.ts';
import { ImageEngine } from '../../../../support/image-engine.ts';
import { LocalDocker } from '../../../../support/local-docker.ts';
import { pushInProcess } from '../../../../support/push-in-process.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';
import { makeTree } from '../../../../support/tree.ts';

/** The failure of a push of an image that this machine builds, with its temporary files in `temporary`. */
async function failureIn(temporary: string, docker = new LocalDocker()): Promise<OsError> {
  await using temp = await openTempDirectory();
  await makeTree(temp.path, { Dockerfile: 'FROM busybox\nCOPY data /data\n', 'data/a': '1' });
  const { TMPDIR } = process.env;
  process.env['TMPDIR'] = temporary;
  const push = { name: 'shop', memory: openTestMemory(), place: 'local', docker: docker.run } as const;
  try {
    const error = await pushInProcess(new ImageEngine().asEngine(), temp.path, push).catch(
      (it: unknown) => it,
    );
    assert.ok(error instanceof OsError, String(error));
    return error;
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  }
}

describe('the folder of this machine for an image that is sent', () => {
  it('that has no place is named, with the way to another place', async () => {
    const { code, message, hint } = await failureIn('/nowhere');
    assert.equal(code, 'host-unsuitable');
    assert.equal(message, 'cannot make a folder in /nowhere: no such file or directory');
    assert.match(hint ?? '', /^TMPDIR=/);
  });

  it('that is full is named, with the status for a lack of space, and not taken for a failed build', async () => {
    await using temp = await openTempDirectory();
    const docker = new LocalDocker();
    docker.saveFailure = `write ${temp.path}/os-image-x/.tmp-image.tar1: no space left on device`;
    const { code, message } = await failureIn(temp.path, docker);
    assert.equal(code, 'no-space');
    assert.equal(message, `this machine has no space for the image in ${temp.path}`);
  });

  it('is not said to be full where it is the disk of Docker that is', async () => {
    await using temp = await openTempDirectory();
    const docker = new LocalDocker();
    const said =
      'Error response from daemon: write /var/lib/docker/tmp/docker-export-1659476632/layer.tar: no space left on device';
    docker.saveFailure = said;
    const { code, message, hint } = await failureIn(temp.path, docker);
    assert.equal(code, 'no-space');
    assert.equal(message, `Docker on this machine has no space to export the image: ${said}`);
    assert.match(hint ?? '', /^`docker system df`/);
  });

  it('that is full is told apart from a device that is full', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const here = explainFolderFailure(full);
    assert.ok(
      here instanceof OsError && here.code === 'no-space' && here.message.startsWith('this machine '),
    );
    const there = new OsError('no-space', 'dev is out of space: no space left on device');
    assert.equal(explainFolderFailure(there), there);
    const other = new TypeError('x');
    assert.equal(explainFolderFailure(other), other);
  });

  it('that a killed push has left is removed, and no folder of a push that runs, of a person or of another machine', async () => {
    await using temp = await openTempDirectory();
    const space = readProcessSpace();
    const dead = { ...processIdentity(process.pid), startTicks: '1' };
    const maker = (fields: object): string => JSON.stringify(fields);
    await makeTree(temp.path, {
      'os-image-dead/.made-by-os': maker({ space, process: dead }),
      'os-image-dead/image.tar': 'x',
      'os-image-runs/.made-by-os': maker({ space, process: processIdentity(process.pid) }),
      'os-image-afar/.made-by-os': maker({ space: 'another', process: dead }),
      'os-image-mine/precious': 'x',
      'os-image-half/.made-by-os': '{',
      'os-image-file': 'x',
      'os-other/.made-by-os': maker({ space, process: dead }),
    });
    await symlink(path.join(temp.path, 'os-other'), path.join(temp.path, 'os-image-link'));
    const all = await readdir(temp.path);
    await removeLeftovers(temp.path);
    assert.deepEqual(
      await readdir(temp.path),
      all.filter(it => it !== 'os-image-dead'),
    );
    assert.deepEqual(await readdir(path.join(temp.path, 'os-other')), ['.made-by-os']);
    await removeLeftovers(path.join(temp.path, 'missing'));
  });
});
