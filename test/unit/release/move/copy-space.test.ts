import assert from 'node:assert/strict';
import { exitCodes, type OsError } from '../../../../src/core/errors.ts';
import { checkCopySpace } from '../../../../src/release/move/copy-space.ts';
import { VolumeEngine } from '../../../support/volume-engine.ts';

const copyOf = (key: string) => ({ from: `7_${key}`, to: { Name: `shop_${key}`, Labels: {} } });
const move = { project: 'shop', copies: [copyOf('data'), copyOf('db')] };

/** Checks the space for copies of `used` MB on a device with `free` MB. */
async function check(
  free: number | undefined,
  used: Readonly<Record<string, number>> | undefined,
  its: Pick<typeof move, 'project' | 'copies'> = move,
): Promise<void> {
  const engine = new VolumeEngine();
  for (const name of Object.keys(used ?? { '7_data': 0, '7_db': 0 }))
    engine.volumes.set(name, { name, labels: {}, mountPoint: `/volumes/${name}` });
  await checkCopySpace(engine.asEngine(), its, {
    where: 'kitchen',
    readFreeBytes: () => Promise.resolve(free === undefined ? undefined : free * 1_000_000),
    readCopiedBytes: directories =>
      Promise.resolve(used && directories.map(it => (used[it.replace('/volumes/', '')] ?? NaN) * 1_000_000)),
    signal: new AbortController().signal,
  });
}

describe('the space for the volumes of a project that moves between the engine and the supervisor', () => {
  it('is compared with their sizes; what lacks is told with them and the ways out, as exit status 9', async () => {
    await assert.rejects(check(500, { '7_data': 400, '7_db': 90 }), (error: OsError) => {
      assert.equal(
        error.message,
        'kitchen has 500 MB free; copying the volumes of shop (7_data 400 MB, 7_db 90.0 MB) needs about 510 MB',
      );
      assert.equal(
        error.hint,
        '`os clean` removes what earlier pushes left behind; or move shop without its data, which stays where it is: --no-copy-volumes',
      );
      assert.equal(exitCodes[error.code], 9);
      return true;
    });
    await check(511, { '7_data': 400, '7_db': 90 });
  });

  it('leaves some for the device itself, unless little is copied', async () => {
    await check(10, { '7_data': 9, '7_db': 0 });
    await assert.rejects(check(8, { '7_data': 9, '7_db': 0 }), { code: 'no-space' });
    await assert.rejects(check(29, { '7_data': 10, '7_db': 0 }), { code: 'no-space' });
  });

  it('has that of half copies of an earlier push, which are removed first', async () => {
    await check(200, { '7_data': 400, '7_db': 90, shop_data: 310 });
    await assert.rejects(check(200, { '7_data': 400, '7_db': 90, shop_data: 309 }), { code: 'no-space' });
  });

  it('is not compared where nothing is copied, or where the device does not tell', async () => {
    await check(0, { '7_data': 400 }, { project: 'shop', copies: [] });
    await check(undefined, { '7_data': 400, '7_db': 90 });
    await check(0, undefined);
  });
});
