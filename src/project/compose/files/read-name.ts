import path from 'node:path';
import { OsError } from '../../../core/errors.ts';
import { isNamedPipe } from '../../../state/named-pipe.ts';
import { readFileIfPresent } from '../../../state/atomic-file.ts';
import { Problems } from '../../problem.ts';
import { isProjectName, projectNameOf, type ProjectName } from '../../project-name.ts';
import type { ComposeSettings } from './compose-settings.ts';
import { interpolate } from '../../variables/interpolate.ts';
import type { FileRequest } from './load-file.ts';
import { parseYamlDocuments } from '../../yaml/parse-yaml.ts';
import { childOf, textOf, type Scalar } from '../../yaml/tree.ts';

const form = 'lowercase letters, digits, "-" and "_", with a letter or a digit first';

/** The name that was given, else `name:` of the last file that has one, else the directory's name. */
export async function readComposeName(
  files: readonly FileRequest[],
  { projectName, lookup }: ComposeSettings,
  problems: Problems,
): Promise<ProjectName> {
  if (projectName !== undefined && projectName !== '') {
    if (isProjectName(projectName)) return { name: projectName, givenName: projectName };
    throw new OsError('usage', `${JSON.stringify(projectName)} is not a project name`, {
      hint: `use ${form}`,
    });
  }
  for (const { file, baseDirectory } of files.toReversed()) {
    const found = await findName(file, baseDirectory, lookup);
    if (found === undefined) continue;
    const name = textOf(found);
    if (!isProjectName(name))
      problems.add(found.place, 'name', `${JSON.stringify(name)} is not a project name: use ${form}`);
    return { name, givenName: name };
  }
  const directory = path.dirname(files[0]?.file ?? '.');
  const name = projectNameOf(directory);
  if (name.name !== '') return name;
  throw new OsError('usage', `no project name can be made of ${directory}`, {
    hint: 'give one with --project',
  });
}

/** The last `name:` of a file's documents. Its problems are reported when the file is read for its services. */
async function findName(
  file: string,
  baseDirectory: string,
  lookup: ComposeSettings['lookup'],
): Promise<Scalar | undefined> {
  const isPipe = await isNamedPipe(file);
  const text = isPipe ? undefined : await readFileIfPresent(file).catch(() => undefined);
  if (text === undefined || !/^\s*(?:name|"name"|'name')\s*:/m.test(text)) return undefined;
  const documents = await parseYamlDocuments(text, { file, baseDirectory }, new Problems());
  const names = documents.map(it => childOf(it, 'name'));
  const name = names.findLast(it => it?.kind === 'scalar' && it.value !== null);
  if (name?.kind !== 'scalar') return undefined;
  const value = interpolate(name, 'name', lookup, new Problems());
  return value.kind === 'scalar' ? value : undefined;
}
