/** One source of one COPY or ADD of an image's Dockerfile, and where it puts what it takes. */
import path from 'node:path';
import { isPattern } from './copy-pattern.ts';

export interface CopyStep {
  /** For messages: `COPY src /app (line 4)`. */
  readonly text: string;
  /** In the context; `''` for all of it. */
  readonly source: string;
  /** Absolute, in the image. */
  readonly destination: string;
  /** What is a file goes into the destination, rather than becoming it. */
  readonly isIntoDirectory: boolean;
  readonly owner: string | undefined;
  /** ADD: an archive that is named by the source is unpacked. */
  readonly isUnpacking: boolean;
  /** Why what it takes can't be put into a running container, as the end of a sentence: `feeds RUN make (line 5)`. */
  readonly obstacle: string | undefined;
  /** What is run again, in the container, when anything that it takes has changed. */
  readonly replays: readonly Replay[];
  /** It stands after the live command, which sees for itself what it takes. */
  readonly isReloaded: boolean;
  /** What other stages' files are put over later. */
  readonly covers: readonly Cover[];
}

/** A program to be run in the container, after files got there. */
export interface Replay {
  /** For messages: `RUN npm i (line 4)`. */
  readonly text: string;
  readonly command: readonly string[];
  /** undefined: the container's own. */
  readonly user: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly isPrivileged: boolean;
  /** Whether the container is out of date where it fails. */
  readonly isPartOfImage: boolean;
}

export interface Cover {
  readonly text: string;
  readonly destination: string;
}

/** Whether it takes a look at the image to know what becomes of a file. */
export const isUnclear = ({ isIntoDirectory, source }: CopyStep): boolean =>
  !isIntoDirectory && source !== '' && !isPattern(source);

const archiveName = /\.(tar|tgz|tbz2?|txz|tar\.\w+)$/;

/** By its name, as nobody has read it. */
export const isArchive = (name: string): boolean => archiveName.test(name);

/** What is left of `name` below `directory`: `''` for itself, undefined where it is elsewhere. */
export function below(directory: string, name: string): string | undefined {
  if (directory === name) return '';
  const prefix = directory === '' || directory === '/' ? directory : `${directory}/`;
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

/**
 * Where `step` puts what lies at `rest` below `head`, which its source names. Of a directory the content is copied, and
 * itself becomes the destination.
 */
export function targetOf(
  { destination, isIntoDirectory }: CopyStep,
  head: string,
  { rest, isDirectory }: { rest: string; isDirectory: boolean },
): string {
  if (rest !== '') return path.posix.join(destination, rest);
  return isDirectory || !isIntoDirectory
    ? destination
    : path.posix.join(destination, path.posix.basename(head));
}
