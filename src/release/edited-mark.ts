/**
 * That a live session has changed the files of a container, and its image does not know of it, is told on the device
 * itself, for whoever pushes next from whatever machine: by one more name of the image, with the container's id in it. The
 * container cannot be told anything any more, and a file in it would be in somebody's way.
 */
import type { Engine } from '../engine/engine.ts';
import type { ImageDetails } from '../engine/objects.ts';

const pattern = /^(.+):os-edited-([0-9a-f]{12})$/;

/** Beginning of the id of the container that `reference` marks; undefined where it is no mark. */
export const editedContainer = (reference: string): string | undefined => pattern.exec(reference)?.[2];

export const isEdited = (container: string, image: ImageDetails | undefined): boolean =>
  image?.tags.some(tag => editedContainer(tag) === container.slice(0, 12)) === true;

/** Returns the mark, where it was not there before. */
export async function markEdited(
  engine: Engine,
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

/** Removes the marks of containers that are gone; an image may be of several projects. */
export async function removeOldMarks(
  engine: Engine,
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
