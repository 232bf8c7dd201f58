import assert from 'node:assert/strict';
import { archiveFarFiles } from '../../../src/copy/archive-far-files.ts';

describe('the files of a container that does not run', () => {
  it('are not written over where a device or a pipe is in their place', async () => {
    const never = (): never => assert.fail('nothing is read or written');
    const files = archiveFarFiles(
      {
        statPath: () => Promise.resolve({ kind: 'special' }),
        getContainer: () => Promise.resolve({ mounts: [] } as never),
        getArchive: never,
        putTar: never,
      },
      '1',
      'job on shop',
    );
    const request = { destination: '/pipe', how: 'exact', name: 'file' } as const;
    await assert.rejects(
      files.write(
        { ...request, isDirectory: false, files: 1, sizeBytes: 1 },
        never,
        new AbortController().signal,
      ),
      { code: 'usage', message: 'job on shop: a device or a pipe is where a file is meant: /pipe' },
    );
  });
});
