import { OsError } from '../core/errors.ts';
import { spaceHint } from '../core/full-disk.ts';
import { formatBytes } from '../core/units.ts';
import type { DesiredRelease } from './desired.ts';
import type { Plan } from './plan.ts';
import type { PushDependencies } from './push-request.ts';

/** What a device needs to stay usable at all. */
const reserveBytes = 20_000_000;
/** Asking for free space takes longer than sending less than this. */
const worthAskingBytes = 10_000_000;

/** The engine keeps a context twice while it builds: as it came, and in the layer that COPY makes of it. */
export function neededBytes(plan: Plan, desired: DesiredRelease): number {
  const contexts = desired.services.map(({ service, image }) =>
    image.from === 'build' && plan.images.some(step => step.do === 'build' && step.service === service)
      ? image.recipe.context.sizeBytes
      : 0,
  );
  return 2 * contexts.reduce((sum, bytes) => sum + bytes, 0) + reserveBytes;
}

/** Bytes free on the device; undefined where that is not worth asking, and where nobody can tell. */
export async function readSpace(
  plan: Plan,
  desired: DesiredRelease,
  { readFreeBytes, signal }: Pick<PushDependencies, 'readFreeBytes' | 'signal'>,
): Promise<number | undefined> {
  const isWorthIt = neededBytes(plan, desired) - reserveBytes >= worthAskingBytes;
  return isWorthIt ? await readFreeBytes(signal) : undefined;
}

/** Throws OsError `no-space` before anything is sent that cannot fit. */
export function checkSpace(
  plan: Plan,
  desired: DesiredRelease,
  { where, freeBytes }: { where: string; freeBytes: number | undefined },
): void {
  const needed = neededBytes(plan, desired);
  if (freeBytes === undefined || freeBytes >= needed) return;
  throw new OsError(
    'no-space',
    `${where} has ${formatBytes(freeBytes)} free; these builds need about ${formatBytes(needed)}`,
    { hint: spaceHint },
  );
}
