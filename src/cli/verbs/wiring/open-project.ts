import path from 'node:path';
import { readGivenFile } from '../../../state/given-file.ts';
import { archOf } from '../../../device/combine-identity.ts';
import type { DeviceKind } from '../../../project/dockerfile/find-dockerfile.ts';
import { formatProblem } from '../../../project/problem.ts';
import type { Project } from '../../../project/project.ts';
import { toLiveProject } from '../../../project/live-project.ts';
import { readProject } from '../../../project/read-project.ts';
import { parseEnvironment, withEnvironment } from '../../../release/desired/environment.ts';
import type { ProjectRequest } from '../requests.ts';
import type { ReachedEngine } from '../../../reach/engine/reached-engine.ts';
import { everywhere, readBuildPlaces } from './read-build-places.ts';

/** Reads the device's type and architecture, which select one of several Dockerfiles. */
export async function deviceKindOf(
  { architecture, identify }: ReachedEngine,
  signal: AbortSignal,
): Promise<DeviceKind> {
  const identity = await identify(signal);
  return {
    arch: identity?.arch ?? archOf(architecture) ?? undefined,
    deviceType: identity?.deviceType ?? undefined,
  };
}

/** Reads the project that `request` names, for a device of `kind`. Throws OsError `project-invalid`, `usage`. */
export async function openProject(
  request: ProjectRequest,
  kind: DeviceKind,
  note: (text: string) => void,
): Promise<Project> {
  const { source, composeFiles, profiles, envFiles, dockerfile, projectName, variables, buildArgs } = request;
  const { services = [], buildPlace } = request;
  const [file] = composeFiles;
  const directory = file === undefined ? source : path.dirname(path.resolve(source, file));
  const places = buildPlace === undefined ? await readBuildPlaces(directory) : everywhere(buildPlace);
  const project = await readProject(source, {
    ...kind,
    composeFiles,
    profiles,
    services,
    envFiles: envFiles.map(it => path.resolve(it)),
    dockerfile,
    environment: process.env,
    projectName,
    buildArgs,
    placeOf: places.placeOf,
  });
  places.check(project);
  noteWarnings(project, note);
  // Without a compose file the variables of a file can go nowhere but into the service itself.
  const texts = project.files.length === 0 ? await Promise.all(envFiles.map(it => readGivenFile(it))) : [];
  return withEnvironment(project, [
    ...texts.flatMap(it => parseEnvironment(it.toString('utf8'))),
    ...variables,
  ]);
}

function noteWarnings({ warnings, directory }: Project, note: (text: string) => void): void {
  for (const warning of warnings) note(formatProblem(warning, directory));
}

/** Reads the same project in the form for live sync. */
export async function openLiveProject(
  request: ProjectRequest,
  kind: DeviceKind,
  note: (text: string) => void,
): Promise<Project> {
  const live = toLiveProject(await openProject(request, kind, note));
  noteWarnings(live, note);
  return live;
}
