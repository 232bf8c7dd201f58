import { OsError } from '../../../core/errors.ts';
import { assertSameProject } from '../../../release/plan/check-origin.ts';
import type { ProjectDependencies } from '../dependencies.ts';
import type { ProjectRequest } from '../requests.ts';

type Reading = Pick<ProjectDependencies, 'readProject'>;

/** Returns the requested name, else that of the project in the source directory. Throws as `readProject` does. */
async function readProjectName({ readProject }: Reading, request: ProjectRequest): Promise<string> {
  if (request.projectName !== undefined) return request.projectName;
  return (await readUnbuilt({ readProject }, request)).name;
}

/** Reads a project of which nothing is built: what the device's builder lacks is no fault then. */
const readUnbuilt = ({ readProject }: Reading, request: ProjectRequest): ReturnType<Reading['readProject']> =>
  readProject({ ...request, buildPlace: 'local' }, 'plain', { device: undefined, isQuiet: true });

/**
 * Returns the name of the project to change on the device. A name that was not requested, but is that of the source
 * directory, must not be another project's. Throws as `readProjectName` does, and OsError `usage`.
 */
export async function readChangedProject(
  { readProject, signal }: Reading & Pick<ProjectDependencies, 'signal'>,
  engine: Parameters<typeof assertSameProject>[0],
  request: ProjectRequest,
): Promise<string> {
  if (request.projectName !== undefined) return request.projectName;
  const project = await readUnbuilt({ readProject }, request);
  await assertSameProject(engine, project, signal);
  return project.name;
}

/** Same as `readProjectName`, but undefined if the source directory contains no readable project. */
export async function findProjectName(
  reading: Reading,
  request: ProjectRequest,
): Promise<string | undefined> {
  try {
    return await readProjectName(reading, request);
  } catch (error) {
    const isMissing = error instanceof OsError && error.code === 'project-invalid';
    if (isMissing && request.composeFiles.length === 0) return undefined;
    throw error;
  }
}
