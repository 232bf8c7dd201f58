/**
 * Marks a container whose files a live session changed, by an extra tag on its image (`repo:os-edited-<container id>`), so
 * that the next push from any machine recreates it. (A container's labels are immutable; a marker file could collide with
 * the app.)
 */
import type { Engine } from '../../engine/engine.ts';
import type { ImageDetails } from '../../engine/objects.ts';

const pattern = /^(.+):os-edited-([0-9a-f]{12})$/;

/** The beginning of the id of the marked container; undefined if `reference` is not a mark. */
export const editedContainer = (reference: string): string | undefined => pattern.exec(reference)?.[2];

export const isEdited = (container: string, image: ImageDetails | undefined): boolean =>
  image?.tags.some(tag => editedContainer(tag) === container.slice(0, 12)) === true;

/** Returns the mark; undefined if the container had it already. */
export async function markEdited(
  engine: Pick<Engine, 'findImage' | 'tagImage'>,
  { id, imageId }: { readonly id: string; readonly imageId: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const image = await engine.findImage(imageId, signal);
  const repository = image?.tags[0]?.replace(/:[^:/]*$/, '');
  if (image === undefined || repository === undefined || isEdited(id, image)) return undefined;
  const tag = `os-edited-${id.slice(0, 12)}`;
  await engine.tagImage(image.id, { repository, tag }, signal);
  return `${repository}:${tag}`;
}

/** Removes the marks of containers that no longer exist; several projects may share an image. */
export async function removeOldMarks(
  engine: Pick<Engine, 'listContainers' | 'removeImage'>,
  images: Iterable<ImageDetails>,
  signal: AbortSignal,
): Promise<void> {
  const marks = new Set(
    [...images].flatMap(({ tags }) => tags.filter(tag => editedContainer(tag) !== undefined)),
  );
  if (marks.size === 0) return;
  const there = new Set((await engine.listContainers({}, signal)).map(({ id }) => id.slice(0, 12)));
  for (const mark of marks)
    if (!there.has(editedContainer(mark) ?? '')) await engine.removeImage(mark, signal);
}
