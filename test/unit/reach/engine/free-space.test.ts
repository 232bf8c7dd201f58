import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { link, mkdir, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { OsError } from '../../../../src/core/errors.ts';
import { readCopiedBytes } from '../../../../src/reach/engine/free-space.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

const { signal } = new AbortController();

describe('what copies of directories of a device take on its disk', () => {
  const volumes = ['/mnt/data/docker/volumes/7_data/_data', "/mnt/data/docker/volumes/it's/_data"];

  it('is told by du, in whichever order, also where a file has gone meanwhile', async () => {
    const scripts: string[] = [];
    const runOnHost = (script: string): Promise<string> => {
      scripts.push(script);
      return Promise.resolve(`4\t${String(volumes[1])}\n1200\t${String(volumes[0])}\n`);
    };
    assert.deepEqual(await readCopiedBytes({ runOnHost }, volumes, signal), [1200 * 1024, 4096]);
    assert.match(scripts.join(), /^du -sk \/mnt\/data\/docker\/volumes\/7_data\/_data '.* \|\| true; for /);
  });

  it('includes the holes of files, which a copy does not keep, once for each file', async () => {
    await using directory = await openTempDirectory();
    const places = ['plain', "it's"].map(name => path.join(directory.path, name));
    for (const place of places) await mkdir(place);
    const [plain = '', sparse = ''] = places;
    await writeFile(path.join(plain, 'full'), Buffer.alloc(3_000_000, 'x'));
    const large = path.join(sparse, 'holes\n1 9 0');
    await writeFile(large, 'start');
    await truncate(large, 500_000_000);
    await link(large, path.join(sparse, 'again'));
    const runOnHost = async (script: string): Promise<string> =>
      (await promisify(execFile)('sh', ['-c', script])).stdout;
    const [plainBytes = 0, sparseBytes = 0] = (await readCopiedBytes({ runOnHost }, places, signal)) ?? [];
    assert.ok(plainBytes >= 3_000_000 && plainBytes < 3_100_000, plainBytes.toString());
    assert.ok(sparseBytes >= 500_000_000 && sparseBytes < 500_100_000, sparseBytes.toString());
  });

  it('is not known where one of them is missing, or where the device is reached without SSH', async () => {
    const one = { runOnHost: () => Promise.resolve(`4\t${String(volumes[1])}\n`) };
    assert.equal(await readCopiedBytes(one, volumes, signal), undefined);
    const closed = { runOnHost: () => Promise.reject(new OsError('auth-refused', 'no')) };
    assert.equal(await readCopiedBytes(closed, volumes, signal), undefined);
  });
});
