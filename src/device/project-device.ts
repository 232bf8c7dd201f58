import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, messageOf, OsError } from '../core/errors.ts';
import { findNearest } from '../core/nearest.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { readFileIfPresent } from '../state/atomic-file.ts';
import { parseTarget } from './target.ts';

/** The nearest os.yml in `directory` or above it, with its text. */
async function findProjectFile(
  directory: string,
): Promise<{ readonly file: string; readonly text: string } | undefined> {
  for (let folder = path.resolve(directory); ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'os.yml');
    const text = await readIfThere(file);
    if (text !== undefined) return { file, text };
    if (path.dirname(folder) === folder) return undefined;
  }
}

/** Undefined also for a directory of that name, and where the folder around it keeps its files to itself. */
async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFileIfPresent(file);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof OsError) throw error;
    if (errno === 'EISDIR' || !(await isSearchable(path.dirname(file)))) return undefined;
    throw new OsError('project-invalid', `cannot read ${file}: ${messageOf(error)}`, {
      hint: 'make it readable, or remove it',
      cause: error,
    });
  }
}

const isSearchable = (folder: string): Promise<boolean> =>
  access(folder, constants.X_OK).then(
    () => true,
    () => false,
  );

/** All keys of os.yml. Any other is taken for a misspelled one. */
const knownKeys = ['device', 'groups', 'runner', 'build_on'] as const;

interface ProjectFile {
  readonly file: string;
  readonly content: Readonly<Partial<Record<(typeof knownKeys)[number], unknown>>>;
}

/**
 * Reads the project's os.yml, the nearest one in `directory` or above it; undefined without one. Throws OsError
 * `project-invalid` where it is no YAML, no mapping, or has an unknown key.
 */
export async function readProjectFile(directory: string): Promise<ProjectFile | undefined> {
  const found = await findProjectFile(directory);
  if (found === undefined) return undefined;
  const { file, text } = found;
  const { parseDocument } = (await import('yaml')).default;
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined)
    throw new OsError(
      'project-invalid',
      `${file}:${(problem.linePos?.[0].line ?? 1).toString()}: ${problem.message.split('\n', 1)[0] ?? ''}`,
      { hint: 'mend the file, or name the device as the first argument' },
    );
  const content: unknown = document.toJS() ?? {};
  if (typeof content !== 'object' || Array.isArray(content))
    throw new OsError('project-invalid', `${file} is no mapping of keys`, {
      hint: 'write it like `device: kitchen`',
    });
  const unknown = Object.keys(content ?? {}).find(key => !knownKeys.some(known => known === key));
  if (unknown !== undefined) {
    const nearest = findNearest(unknown, knownKeys);
    throw new OsError('project-invalid', `${file} has an unknown key: ${sanitizeLine(unknown)}`, {
      hint: nearest === undefined ? `its keys are ${knownKeys.join(', ')}` : `did you mean ${nearest}?`,
    });
  }
  return { file, content: content as ProjectFile['content'] };
}

/**
 * `device:` of the project's os.yml, as on a command line: several devices with commas between them. Undefined without one. Throws
 * OsError `project-invalid` where the file is invalid.
 */
export async function readProjectDevice(directory: string): Promise<string | undefined> {
  const found = await readProjectFile(directory);
  if (found === undefined) return undefined;
  const { device } = found.content;
  if (device === undefined || device === null) return undefined;
  if (typeof device === 'string' && device !== '') return device;
  if (isListOfNames(device)) return device.join(',');
  throw new OsError('project-invalid', `${found.file}: device: is no name and no list of names`, {
    hint: 'write it as text, e.g. device: "mydevice.local" or device: [kitchen, hall]',
  });
}

const isListOfNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every(it => typeof it === 'string' && it !== '');

/**
 * `groups:` of the project's os.yml: names of groups, each with its devices; empty without one. Throws OsError `project-invalid` where
 * the file is invalid.
 */
export async function readProjectGroups(directory: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await readProjectFile(directory);
  const groups = found?.content.groups;
  const byName = new Map<string, readonly string[]>();
  if (found === undefined || groups === undefined || groups === null) return byName;
  const refuse = (what: string): OsError =>
    new OsError('project-invalid', `${found.file}: groups: ${what}`, {
      hint: 'write `groups: {shop: [kitchen, hall]}`',
    });
  if (typeof groups !== 'object' || Array.isArray(groups)) throw refuse('is no mapping of names to lists');
  for (const [name, devices] of Object.entries(groups)) {
    if (!/^[A-Za-z0-9][\w.-]*$/.test(name) || name === 'all')
      throw refuse(`${sanitizeLine(name)} is no name of a group`);
    if (!isListOfNames(devices)) throw refuse(`${name} is no list of devices`);
    try {
      for (const device of devices) parseTarget(device);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      throw refuse(`${name}: ${error.message}`);
    }
    byName.set(name, devices);
  }
  return byName;
}
