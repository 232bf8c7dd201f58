import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../core/errors.ts';
import type { Dockerfile } from '../build.ts';
import type { Place, Problems } from '../problem.ts';
import { expandTemplate, type TemplateContext } from './expand-template.ts';
import { findDockerfile } from './find-dockerfile.ts';

export interface DockerfileRequest {
  /** Absolute. */
  readonly contextDirectory: string;
  /** Relative to the context, or absolute. */
  readonly name: string;
  /** Where the name is written, for problems. */
  readonly place: Place;
  readonly subject: string;
  readonly template: TemplateContext;
}

/** The Dockerfile of a build, its variables replaced; undefined, with a problem, when there is none. */
export async function readDockerfile(
  { contextDirectory, name, place, subject, template }: DockerfileRequest,
  problems: Problems,
): Promise<Dockerfile | undefined> {
  const found = await findDockerfile(contextDirectory, name, template);
  if (found === undefined) {
    const where = path.resolve(contextDirectory, name);
    problems.add(place, subject, `there is no Dockerfile ${where}`);
    return undefined;
  }
  const { file, kind } = found;
  let original: string;
  try {
    original = await readFile(file, 'utf8');
  } catch (error) {
    problems.add(place, subject, `cannot read ${file}: ${messageOf(error)}`);
    return undefined;
  }
  const text = kind === 'plain' ? original : expandTemplate(original, file, template, problems);
  const relative = path.relative(contextDirectory, file).replaceAll(path.sep, '/');
  const isSentAsItIs = text === original && (await isFileOf(contextDirectory, relative));
  return { ...{ file, text, kind, lineBefore: 0 }, nameInContext: isSentAsItIs ? relative : undefined };
}

/** Whether the engine finds it there: what lies behind a symbolic link may be ignored, or outside. */
async function isFileOf(contextDirectory: string, relative: string): Promise<boolean> {
  if (relative.startsWith('../') || path.isAbsolute(relative)) return false;
  const root = await realpath(contextDirectory);
  return (await realpath(path.join(root, relative))) === path.join(root, relative);
}
