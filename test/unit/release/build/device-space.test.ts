import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { openDeviceSpace, type DeviceSpace } from '../../../../src/release/build/device-space.ts';
import type { Plan } from '../../../../src/release/plan/plan.ts';

const { signal } = new AbortController();
const megabyte = 1_000_000;

function openSpace(freeBytes: number | undefined): DeviceSpace & { readonly reads: () => number } {
  let reads = 0;
  const space = openDeviceSpace({
    where: 'kitchen',
    signal,
    readFreeBytes: () => {
      reads += 1;
      return Promise.resolve(freeBytes);
    },
  });
  return { ...space, reads: () => reads };
}

/** A plan of builds, each with a context of `contextBytes` and a way that sends `sizeBytes` of it. */
const planOf = (
  ...builds: readonly { contextBytes: number; sizeBytes?: number; place?: 'local' }[]
): Pick<Plan, 'images'> => ({
  images: builds.map(({ contextBytes, sizeBytes, place }) => ({
    action: 'build',
    service: 'web',
    reference: 'x',
    cause: '',
    reruns: [],
    recipe: { context: { sizeBytes: contextBytes }, place } as never,
    facts: {
      ...{ contents: undefined, former: undefined, formerBuild: undefined },
      way: sizeBytes === undefined ? undefined : { way: 'layer', cause: '', sizeBytes },
    },
  })),
});

const noSpace =
  (message: string) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof OsError);
    assert.equal(error.code, 'no-space');
    assert.equal(error.message, message);
    return true;
  };

describe('the space on a device', () => {
  it('has to hold the whole context twice where it is sent', async () => {
    const plan = planOf({ contextBytes: 100 * megabyte });
    await openSpace(221 * megabyte).check(plan);
    await assert.rejects(
      openSpace(219 * megabyte).check(plan),
      noSpace('kitchen has 219 MB free; these builds need about 220 MB'),
    );
  });

  it('need not hold the context where a delta of a few bytes is sent, and is not even asked for', async () => {
    const space = openSpace(30 * megabyte);
    const plan = planOf({ contextBytes: 1000 * megabyte, sizeBytes: 3 });
    space.prepare(plan);
    await space.check(plan);
    using claim = await space.claim('web', 2048);
    claim.keep();
    assert.equal(space.reads(), 0);
  });

  it('has to hold a large delta', async () => {
    const plan = planOf({ contextBytes: 1000 * megabyte, sizeBytes: 50 * megabyte });
    await assert.rejects(
      openSpace(100 * megabyte).check(plan),
      noSpace('kitchen has 100 MB free; these builds need about 120 MB'),
    );
  });

  it('need not hold the context of a build on this machine', async () => {
    await openSpace(0).check(planOf({ contextBytes: 1000 * megabyte, place: 'local' }));
  });

  it('is read once, and shared by what is sent at the same time', async () => {
    const space = openSpace(100 * megabyte);
    const first = await space.claim('one', 30 * megabyte);
    await assert.rejects(
      space.claim('two', 30 * megabyte),
      noSpace('kitchen has 40.0 MB free; the image of two needs about 80.0 MB'),
    );
    // The engine has unpacked what was sent, and has it once.
    first.keep();
    first[Symbol.dispose]();
    await assert.rejects(
      space.claim('two', 30 * megabyte),
      noSpace('kitchen has 70.0 MB free; the image of two needs about 80.0 MB'),
    );
    (await space.claim('two', 20 * megabyte))[Symbol.dispose]();
    assert.equal(space.reads(), 1);
  });

  it('is free again where an image was not made, so that the next way can have it', async () => {
    const space = openSpace(100 * megabyte);
    {
      using _delta = await space.claim('web', 30 * megabyte);
    }
    using _full = await space.claim('web', 40 * megabyte);
  });

  it('is not checked where the device does not report it', async () => {
    const space = openSpace(undefined);
    await space.check(planOf({ contextBytes: 1000 * megabyte }));
    using _claim = await space.claim('web', 1000 * megabyte);
  });
});
