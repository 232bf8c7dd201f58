import assert from 'node:assert/strict';
import path from 'node:path';
import type { Project } from '../../src/project/project.ts';
import type { Service } from '../../src/project/service.ts';
import { formatProblem } from '../../src/project/problem.ts';
import { readProject, type ReadProjectOptions } from '../../src/project/read-project.ts';
import { openTempDirectory } from './temp-directory.ts';
import { makeTree, type Tree } from './tree.ts';

/** Reads a project of these files, in a directory called `proj`, with an empty environment. */
export async function read(files: Tree, options: Partial<ReadProjectOptions> = {}): Promise<Project> {
  await using temp = await openTempDirectory();
  const directory = path.join(temp.path, 'proj');
  await makeTree(directory, files);
  return await readProject(directory, { environment: {}, ...options });
}

export const find = (project: Project, name: string): Service => {
  const found = project.services.find(it => it.name === name);
  assert.ok(found, name);
  return found;
};
/** The service of a compose file with one, `web`, of these lines. */
export const only = async (text: string, options: Partial<ReadProjectOptions> = {}): Promise<Service> =>
  find(await read({ 'compose.yaml': `services:\n  web:\n    image: a\n${text}` }, options), 'web');
export const warnings = (project: Project): string[] =>
  project.warnings.map(it => formatProblem(it, project.directory));
export const roles = (project: Project): string[] =>
  project.files.map(it => `${it.role} ${path.relative(project.directory, it.file)}`);
