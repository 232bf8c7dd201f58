import path from 'node:path';

/** What a project may be called. */
export const isProjectName = (name: string): boolean => /^[a-z0-9][a-z0-9_-]*$/.test(name);

/** A directory's name as compose makes a project name of it; empty when nothing of it can be used. */
export function projectNameOf(directory: string): string {
  return path
    .basename(path.resolve(directory))
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}
