/** A copy step is one source of one COPY or ADD of a Dockerfile, with the place that it goes to. */
import path from 'node:path';
import { isPattern } from './copy-pattern.ts';
import type { Repeat } from './repeatable-run.ts';

export interface CopyStep {
  /** For messages: `COPY src /app (line 4)`. */
  readonly text: string;
  /** In the context; `''` for all of it. */
  readonly source: string;
  /** Absolute, in the image, links followed as the builder does. */
  readonly destination: string;
  /** The same as the Dockerfile has it, links not followed. */
  readonly writtenDestination: string;
  /** True if a file goes into the destination rather than becoming it. */
  readonly isIntoDirectory: boolean;
  readonly owner: string | undefined;
  /** True for ADD, which unpacks an archive that the source names. */
  readonly isUnpacking: boolean;
  /** The cause that its files can't be synced to a running container, to follow a name: `feeds RUN make (line 5)`. */
  readonly obstacle: string | undefined;
  /** Programs to run again in the container when any of its files has changed. */
  readonly replays: readonly Replay[];
  /** Later commands that are repeated on the synced paths alone, in their order. */
  readonly repeats: readonly Repeat[];
  /** True if it stands after the live command, which sees changes of its files by itself. */
  readonly isReloaded: boolean;
  /** Later copies of other stages that may put files over its own. */
  readonly covers: readonly Cover[];
  /** The number of COPY and ADD instructions after it in the stages that make the image. */
  readonly copiesAfter: number | 'unknown';
}

/** A program to be run in the container, after files got there. */
export interface Replay {
  /** For messages: `RUN npm i (line 4)`. */
  readonly text: string;
  readonly command: readonly string[];
  /** Undefined for the container's own user. */
  readonly user: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly isPrivileged: boolean;
  /** True if a failure leaves the container out of date. */
  readonly isPartOfImage: boolean;
}

/** A COPY of another stage or image. */
export interface Cover {
  readonly text: string;
  readonly destination: string;
  readonly writtenDestination: string;
  readonly isIntoDirectory: boolean;
  /** The stage or image, as written. */
  readonly from: string;
  /** In that stage, absolute. */
  readonly sources: readonly string[];
  readonly owner: string | undefined;
  readonly isReloaded: boolean;
}

/** True if only the image tells what becomes of a file. */
export const isUnclear = ({ isIntoDirectory, source }: CopyStep): boolean =>
  !isIntoDirectory && source !== '' && !isPattern(source);

const archiveName = /\.(tar|tgz|tbz2?|txz|tar\.\w+)$/;

/** True if the name is one of an archive: the content is not read. */
export const isArchive = (name: string): boolean => archiveName.test(name);

/** Returns the rest of `name` below `directory`: `''` for the directory itself, undefined if it is elsewhere. */
export function below(directory: string, name: string): string | undefined {
  if (directory === name) return '';
  const prefix = directory === '' || directory === '/' ? directory : `${directory}/`;
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

/**
 * Returns where `step` puts what is at `rest` below `head`, which its source names. A directory's content is copied, and
 * the directory itself becomes the destination.
 */
export function targetOf(
  { destination, isIntoDirectory }: CopyStep,
  head: string,
  { rest, isDirectory }: { readonly rest: string; readonly isDirectory: boolean },
): string {
  if (rest !== '') return path.posix.join(destination, rest);
  return isDirectory || !isIntoDirectory
    ? destination
    : path.posix.join(destination, path.posix.basename(head));
}
