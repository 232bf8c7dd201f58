import path from 'node:path';

export interface ProjectName {
  readonly name: string;
  /** The name before it was made to fit. */
  readonly givenName: string;
}

/** True if `name` is valid as the name of a project. */
export const isProjectName = (name: string): boolean => /^[a-z0-9][a-z0-9_-]*$/.test(name);

/** Returns the project name that compose derives from a directory's name; empty if no character of it is valid. */
export function projectNameOf(directory: string): ProjectName {
  const givenName = path.basename(path.resolve(directory));
  const name = givenName
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
  return { name, givenName };
}
