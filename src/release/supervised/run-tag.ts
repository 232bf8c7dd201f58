/**
 * The name by which a target state has an image: `shop-web:os-run-<image>`, one for each build. A supervisor that starts goes
 * back to the first image that it knew by a name.
 */
import { OsError, type ErrorCode } from '../../core/errors.ts';
import { toImageName } from '../../project/image-reference.ts';
import type { Engine } from '../../engine/engine.ts';
import { splitReference } from '../build/build-record.ts';

const prefix = 'os-run-';

export const isRunTag = (reference: string): boolean => splitReference(reference).tag.startsWith(prefix);

export const runTagOf = (project: string, service: string, imageId: string): string =>
  `${toImageName(`${project}-${service}`)}:${prefix}${imageId.replace(/^sha256:/, '').slice(0, 12)}`;

/** Gives the image that name, and returns it. */
export async function nameForRunning(
  engine: Pick<Engine, 'tagImage'>,
  {
    project,
    service,
    imageId,
  }: { readonly project: string; readonly service: string; readonly imageId: string },
  signal: AbortSignal,
): Promise<string> {
  const reference = runTagOf(project, service, imageId);
  await engine.tagImage(imageId, splitReference(reference), signal);
  return reference;
}

/** An image that somebody else removes or uses meanwhile: the next push removes the name. */
const leftCodes: readonly ErrorCode[] = ['engine-missing', 'engine-conflict'];

function unlessLeft(error: unknown): void {
  if (!(error instanceof OsError) || !leftCodes.includes(error.code)) throw error;
}

/** Removes the names of earlier builds; the images have other names, by which they are cleaned. */
export async function removeOldRunTags(
  engine: Pick<Engine, 'listImages' | 'removeImage'>,
  current: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const repositories = new Set(current.map(reference => splitReference(reference).repository));
  for (const { tags } of await engine.listImages({}, signal))
    for (const tag of tags) {
      const isOld =
        isRunTag(tag) && repositories.has(splitReference(tag).repository) && !current.includes(tag);
      // An image that has no other name goes by `os clean` alone.
      if (isOld && tags.length > 1) await engine.removeImage(tag, signal).catch(unlessLeft);
    }
}
