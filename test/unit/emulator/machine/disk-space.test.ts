import assert from 'node:assert/strict';
import { checkDiskSpace } from '../../../../src/emulator/machine/disk-space.ts';

describe('the disk that emulated devices live on', () => {
  it('is told to be full where a device has no room to boot', async () => {
    await checkDiskSpace('/state', () => Promise.resolve(64_000_000));
    await assert.rejects(
      checkDiskSpace('/state', () => Promise.resolve(1_200_000)),
      {
        code: 'host-unsuitable',
        message:
          'this machine is out of space: 1.2 MB are free where /state is, and a device takes 64.0 MB to boot',
      },
    );
  });

  it('is looked for above a directory that is not made yet', () => checkDiskSpace('/tmp/not/made/yet'));
});
