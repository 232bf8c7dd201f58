/**
 * Joins two copies: files of the context may reach the image through another stage, after its last RUN, and from there by
 * `COPY --from`. Both are then one copy from the context to the image.
 */
import path from 'node:path';
import { isPattern } from './copy-pattern.ts';
import { below, isUnclear, type Cover, type CopyStep } from './copy-step.ts';

/** True if all that `step`, a copy into a stage, takes can be followed through `covers`, which take files of the stage. */
export const canPassThrough = (step: CopyStep, covers: readonly Cover[]): boolean =>
  covers.length > 0 &&
  step.obstacle === undefined &&
  step.replays.length === 0 &&
  step.repeats.length === 0 &&
  step.covers.length === 0 &&
  !step.isUnpacking &&
  // Only the stage tells whether a file becomes its destination or goes into it.
  !isUnclear(step) &&
  covers.every(({ sources }) => sources.every(source => isPlain(step, source)));

/** True if it is known without reading the stage what `source` of it takes of `step`. */
function isPlain(step: CopyStep, source: string): boolean {
  if (isPattern(source)) return false;
  if (below(source, step.destination) !== undefined) return true;
  const rest = below(step.destination, source);
  // A single file, or one that a pattern names, can be told only by its name in the stage.
  return rest === undefined || step.source === '';
}

/** Returns the copies from the context to the image that `inside` and `cover` are together. */
export const passThrough = (
  inside: readonly CopyStep[],
  cover: Cover,
): Omit<CopyStep, 'obstacle' | 'replays' | 'repeats' | 'covers'>[] =>
  inside.flatMap(step =>
    cover.sources.flatMap(source => {
      const both = {
        ...step,
        text: `${step.text} and ${cover.text}`,
        owner: cover.owner,
        isReloaded: cover.isReloaded,
        // Only the stage tells what else was at a path.
        copiesAfter: 'unknown' as const,
      };
      const inSource = below(source, step.destination);
      if (inSource !== undefined)
        return [
          {
            ...both,
            destination: path.posix.join(cover.destination, inSource),
            writtenDestination: path.posix.join(cover.writtenDestination, inSource),
          },
        ];
      const rest = below(step.destination, source);
      if (rest === undefined) return [];
      return [
        {
          ...both,
          source: rest,
          destination: cover.destination,
          writtenDestination: cover.writtenDestination,
          isIntoDirectory: cover.isIntoDirectory,
        },
      ];
    }),
  );
