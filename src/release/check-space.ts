import { OsError } from '../core/errors.ts';
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

/** Throws OsError `no-space` before anything is sent that cannot fit. */
export async function checkSpace(
  plan: Plan,
  desired: DesiredRelease,
  { engine, readFreeBytes, signal }: Pick<PushDependencies, 'engine' | 'readFreeBytes' | 'signal'>,
): Promise<void> {
  const needed = neededBytes(plan, desired);
  if (needed - reserveBytes < worthAskingBytes) return;
  const freeBytes = await readFreeBytes(signal);
  if (freeBytes === undefined || freeBytes >= needed) return;
  throw new OsError(
    'no-space',
    `${engine.where} has ${formatBytes(freeBytes)} free; these builds need about ${formatBytes(needed)}`,
    { hint: '`os clean` removes what earlier pushes left behind' },
  );
}
