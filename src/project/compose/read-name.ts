import path from 'node:path';
import { OsError } from '../../core/errors.ts';
import { readFileIfPresent } from '../../state/atomic-file.ts';
import { Problems } from '../problem.ts';
import { isProjectName, projectNameOf } from '../project-name.ts';
import type { ComposeSettings } from './compose-environment.ts';
import { interpolate } from './interpolate.ts';
import type { FileRequest } from './load-file.ts';
import { parseYaml } from './parse-yaml.ts';
import { childOf, textOf, type Scalar } from './tree.ts';

const form = 'lowercase letters, digits, "-" and "_", with a letter or a digit first';

/** What is asked for, else `name:` of the last file that has one, else the directory's name. */
export async function readComposeName(
  files: readonly FileRequest[],
  { projectName, lookup }: ComposeSettings,
  problems: Problems,
): Promise<string> {
  if (projectName !== undefined && projectName !== '') {
    if (isProjectName(projectName)) return projectName;
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
    return name;
  }
  const directory = path.dirname(files[0]?.file ?? '.');
  const name = projectNameOf(directory);
  if (name !== '') return name;
  throw new OsError('usage', `no project name can be made of ${directory}`, {
    hint: 'give one with --project',
  });
}

/** Its problems are found again, and told, when the file is read for its services. */
async function findName(
  file: string,
  baseDirectory: string,
  lookup: ComposeSettings['lookup'],
): Promise<Scalar | undefined> {
  const text = await readFileIfPresent(file).catch(() => undefined);
  if (text === undefined || !/^\s*(?:name|"name"|'name')\s*:/m.test(text)) return undefined;
  const tree = await parseYaml(text, { file, baseDirectory }, new Problems());
  const name = childOf(tree, 'name');
  if (name?.kind !== 'scalar' || name.value === null) return undefined;
  const value = interpolate(name, 'name', lookup, new Problems());
  return value.kind === 'scalar' ? value : undefined;
}
