/** `.balena/balena.yml`: build variables and build secrets of a project, as the peer's tools know them. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../core/errors.ts';
import { findNearest } from '../../core/nearest.ts';
import type { Build, BuildSecret } from '../build.ts';
import { Cursor } from '../yaml/cursor.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import { cannotRead } from '../context/read-failure.ts';
import type { Problems } from '../problem.ts';
import type { Project } from '../project.ts';
import { readText } from '../variables/read-text.ts';
import { readSecrets } from './read-secrets.ts';

const directories = ['.balena', '.resin'];
const settingsFile = /^(?:balena|resin)\.(?:ya?ml|json)$/;

async function listSettingsFiles(directory: string): Promise<string[]> {
  try {
    const names = await readdir(directory);
    return names.filter(name => settingsFile.test(name)).map(name => path.join(directory, name));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return [];
    throw cannotRead(directory, error);
  }
}

/** The one file there is; more than one is a problem. */
async function findSettings(root: string, problems: Problems): Promise<string | undefined> {
  const found = await Promise.all(directories.map(it => listSettingsFiles(path.join(root, it))));
  const [file, ...others] = found.flat().sort();
  if (file === undefined || others.length === 0) return file;
  const names = others.map(it => path.relative(root, it)).join(', ');
  problems.add({ file, line: 1, column: 1 }, '', `is there beside ${names}: keep one of them`);
  return undefined;
}

async function readSettings(file: string, problems: Problems): Promise<Cursor | undefined> {
  const baseDirectory = path.dirname(file);
  const start = { file, baseDirectory, line: 1, column: 1 };
  const text = (await readText(file, start, '', problems)) ?? '';
  const tree = await parseYaml(text, { file, baseDirectory }, problems);
  const root = new Cursor(tree, '', problems, { place: start });
  if (root.isPresent && !root.isMapping) root.fail('has to be a mapping');
  return root.isMapping ? root : undefined;
}

/** Returns the parts that apply to a service: first the global one, then its own. */
const partsFor = (part: Cursor, service: string): readonly Cursor[] => [
  part.at('global'),
  part.at('services', service),
];

/** Warns of keys that nothing reads: they are misspelled, or the file is of another kind. */
function warnOfUnknownKeys(part: Cursor, known: readonly string[]): void {
  for (const [key, { keyPlace, problems }] of part.entries()) {
    if (known.includes(key)) continue;
    const nearest = findNearest(key, known);
    const hint =
      nearest === undefined
        ? `${part.subject === '' ? 'this file' : part.subject} may have ${known.join(' and ')}`
        : `did you mean "${nearest}"?`;
    problems.warn(keyPlace, part.subject, `${JSON.stringify(key)} has no effect: ${hint}`);
  }
}

function checkServices(part: Cursor, { services, disabledServices }: Project): void {
  const known = [...services.map(({ name }) => name), ...disabledServices].sort();
  for (const [name, entry] of part.at('services').entries())
    if (!known.includes(name)) entry.fail(`the project has no service ${name}; it has ${known.join(', ')}`);
}

/**
 * Returns `project` with the variables and secrets of its settings file in every build. Build arguments of the command
 * (`buildArgs`) override the file, and the file overrides compose's `args`.
 */
export async function addBuildSettings(
  project: Project,
  buildArgs: Readonly<Record<string, string>>,
  problems: Problems,
): Promise<Project> {
  const file = await findSettings(project.directory, problems);
  const settings = file === undefined ? undefined : await readSettings(file, problems);
  const inputs = [...project.inputs, file ?? path.join(project.directory, '.balena/balena.yml')];
  if (settings === undefined) return { ...project, inputs };
  const [variables, secrets] = [settings.at('build-variables'), settings.at('build-secrets')];
  warnOfUnknownKeys(settings, ['build-variables', 'build-secrets']);
  for (const part of [variables, secrets]) {
    warnOfUnknownKeys(part, ['global', 'services']);
    checkServices(part, project);
  }
  const add = async (service: string, build: Build): Promise<Build> => {
    const args = partsFor(variables, service).flatMap(part => Object.entries(part.record()));
    const given = new Map<string, BuildSecret>();
    for (const part of partsFor(secrets, service))
      for (const secret of await readSecrets(part)) given.set(secret.name, secret);
    return {
      ...build,
      args: { ...build.args, ...Object.fromEntries(args), ...buildArgs },
      secrets: [...given.values()],
    };
  };
  const services = await Promise.all(
    project.services.map(async service =>
      service.build === undefined ? service : { ...service, build: await add(service.name, service.build) },
    ),
  );
  return { ...project, inputs, services };
}
