/** Images that only this machine can give: those that the device lacks and must not pull. */
import { OsError } from '../../../core/errors.ts';
import type { DesiredRelease } from '../../desired/desired.ts';
import type { LocalImages, ObservedRelease } from '../../plan/observed.ts';
import { readVersion } from './check-docker.ts';
import type { RunDocker } from './run-docker.ts';

/** True if Docker on this machine has the image; false also where there is no Docker. */
export async function hasLocalImage(
  docker: RunDocker,
  reference: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { code } = await docker(['image', 'inspect', '--format', '{{.Id}}', reference], { signal });
    return code === 0;
  } catch (error) {
    if (error instanceof OsError && error.code === 'host-unsuitable') return false;
    throw error;
  }
}

/** Returns the reason if this machine's Docker cannot say what it has; undefined if it can. */
async function findSilence(docker: RunDocker, signal: AbortSignal): Promise<string | undefined> {
  try {
    await readVersion(docker, signal);
    return undefined;
  } catch (error) {
    if (error instanceof OsError && error.code === 'host-unsuitable') return error.message;
    throw error;
  }
}

/** Finds the images that the device has to get from this machine, as far as this machine has them. */
export async function findLocalImages(
  docker: RunDocker,
  { services }: DesiredRelease,
  present: ObservedRelease['images'],
  signal: AbortSignal,
): Promise<LocalImages> {
  const wanted = services.flatMap(({ image }) =>
    image.from === 'registry' && image.pull === 'never' && !present.has(image.reference)
      ? [image.reference]
      : [],
  );
  const found = await Promise.all(wanted.map(reference => hasLocalImage(docker, reference, signal)));
  const names = new Set(wanted.filter((_, i) => found[i] === true));
  return found.includes(false) ? { names, silence: await findSilence(docker, signal) } : { names };
}
