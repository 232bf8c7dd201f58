import { readFile, realpath } from 'node:fs/promises';
import { isNamedPipe } from '../../state/named-pipe.ts';
import path from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { problemOfEncoding } from '../../state/utf8-text.ts';
import type { Dockerfile } from '../build.ts';
import type { Place, Problems } from '../problem.ts';
import { expandTemplate, type TemplateContext } from './expand-template.ts';
import { findDockerfile } from './find-dockerfile.ts';

export interface DockerfileRequest {
  /** Absolute. */
  readonly contextDirectory: string;
  /** Relative to the context, or absolute. */
  readonly name: string;
  /** The place of the name, for problems. */
  readonly place: Place;
  readonly subject: string;
  readonly template: TemplateContext;
}

/**
 * Reads the Dockerfile of a build, with template variables replaced. Undefined, with a problem, when there is none, or
 * when another one may apply to the device and its type is not known.
 */
export async function readDockerfile(
  { contextDirectory, name, place, subject, template }: DockerfileRequest,
  problems: Problems,
): Promise<Dockerfile | undefined> {
  const found = await findDockerfile(contextDirectory, name, template.askDevice);
  if (found === undefined) {
    const where = path.resolve(contextDirectory, name);
    problems.add(place, subject, `there is no Dockerfile ${where}`);
    return undefined;
  }
  const { file, kind, undecided } = found;
  if (undecided.length > 0) {
    const [plural, one] = undecided.length > 1 ? ['are', 'they are'] : ['is', 'it is'];
    problems.add(
      place,
      subject,
      `there ${plural} ${undecided.join(', ')}: whether ${one} meant depends on the device's type and architecture, which are not known`,
    );
    return undefined;
  }
  if (await isNamedPipe(file)) {
    problems.add(place, subject, `${file} is a pipe, which is not read`);
    return undefined;
  }
  let original: string;
  try {
    const bytes = await readFile(file);
    const problem = problemOfEncoding(bytes);
    if (problem !== undefined) {
      problems.add(place, subject, `cannot read ${file}: ${problem}`);
      return undefined;
    }
    original = bytes.toString('utf8');
  } catch (error) {
    problems.add(place, subject, `cannot read ${file}: ${messageOf(error)}`);
    return undefined;
  }
  const text = kind === 'plain' ? original : await expandTemplate(original, file, template, problems);
  const relative = path.relative(contextDirectory, file).replaceAll(path.sep, '/');
  const isSentAsItIs = text === original && (await isFileOf(contextDirectory, relative));
  return { file, text, kind, lineBefore: 0, nameInContext: isSentAsItIs ? relative : undefined };
}

/**
 * True if the engine finds the file under this name; a symbolic link may lead to a file that is ignored, or outside.
 */
async function isFileOf(contextDirectory: string, relative: string): Promise<boolean> {
  if (relative.startsWith('../') || path.isAbsolute(relative)) return false;
  const root = await realpath(contextDirectory);
  return (await realpath(path.join(root, relative))) === path.join(root, relative);
}
