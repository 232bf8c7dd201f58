import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { readUsedBytes } from '../../../../src/reach/engine/free-space.ts';

const { signal } = new AbortController();

describe('what directories of a device take on its disk', () => {
  const volumes = ['/mnt/data/docker/volumes/7_data/_data', "/mnt/data/docker/volumes/it's/_data"];

  it('is told by du, in whichever order, also where a file has gone meanwhile', async () => {
    const scripts: string[] = [];
    const runOnHost = (script: string): Promise<string> => {
      scripts.push(script);
      return Promise.resolve(`4\t${String(volumes[1])}\n1200\t${String(volumes[0])}\n`);
    };
    assert.deepEqual(await readUsedBytes({ runOnHost }, volumes, signal), [1200 * 1024, 4096]);
    assert.match(scripts.join(), /^du -sk \/mnt\/data\/docker\/volumes\/7_data\/_data '.* \|\| true$/);
  });

  it('is not known where one of them is missing, or where the device is reached without SSH', async () => {
    const one = { runOnHost: () => Promise.resolve(`4\t${String(volumes[1])}\n`) };
    assert.equal(await readUsedBytes(one, volumes, signal), undefined);
    const closed = { runOnHost: () => Promise.reject(new OsError('auth-refused', 'no')) };
    assert.equal(await readUsedBytes(closed, volumes, signal), undefined);
  });
});
