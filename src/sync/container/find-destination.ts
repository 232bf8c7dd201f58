import path from 'node:path';
import type { FoundPath } from '../../engine/objects.ts';

export interface Destination {
  /** The absolute path, with no link in it. */
  readonly path: string;
  readonly isDirectory: boolean;
}

/** Follows every link on the way to `written` and at it, as the builder does before it copies. */
export async function findDestination(
  written: string,
  stat: (path: string) => Promise<FoundPath | undefined>,
): Promise<Destination> {
  let at = '/';
  let isDirectory = true;
  const parts = written.split('/').filter(it => it !== '');
  for (const [i, part] of parts.entries()) {
    const here = path.posix.join(at, part);
    const found = await stat(here);
    if (found === undefined) return { path: path.posix.join(at, ...parts.slice(i)), isDirectory: false };
    isDirectory = found.kind === 'directory';
    at = here;
    if (found.kind !== 'symlink') continue;
    at = found.leadsTo;
    isDirectory = (await stat(at))?.kind === 'directory';
  }
  return { path: at, isDirectory };
}
