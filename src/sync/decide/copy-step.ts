/** One source of one COPY or ADD of an image's Dockerfile, and where it puts what it takes. */
import path from 'node:path';
import { compilePattern } from '../../project/context/ignore-rules.ts';

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
  /** Why what it takes can't be put into a running container, as the end of a sentence: `feeds RUN make (line 5)`. */
  readonly obstacle: string | undefined;
}

const isPattern = (source: string): boolean => /[*?[\\]/.test(source);

/** The leading part of `name` that the step's source names, if there is one. */
function matched(source: string, name: string): string | undefined {
  if (source === '') return '';
  if (!isPattern(source)) return name === source || name.startsWith(`${source}/`) ? source : undefined;
  const head = name.split('/').slice(0, source.split('/').length).join('/');
  return compilePattern(source).test(head) ? head : undefined;
}

/**
 * Where `step` puts `name`, a directory or not; undefined when it doesn't take it. Of a directory the content is
 * copied, and itself becomes the destination.
 */
export function findTarget(step: CopyStep, name: string, isDirectory: boolean): string | undefined {
  const head = matched(step.source, name);
  if (head === undefined) return undefined;
  const rest = head === '' ? name : name.slice(head.length + 1);
  if (rest !== '') return path.posix.join(step.destination, rest);
  return isDirectory || !step.isIntoDirectory
    ? step.destination
    : path.posix.join(step.destination, path.posix.basename(name));
}
