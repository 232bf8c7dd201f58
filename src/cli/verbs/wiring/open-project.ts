import { stat } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../../../core/errors.ts';
import { readGivenText } from '../../../state/given-file.ts';
import { sanitizeLine } from '../../../core/sanitize.ts';
import { archOf } from '../../../device/combine-identity.ts';
import type { AskDevice } from '../../../project/dockerfile/find-dockerfile.ts';
import { formatProblem } from '../../../project/problem.ts';
import type { Project } from '../../../project/project.ts';
import { toLiveProject } from '../../../project/live-project.ts';
import { readProject } from '../../../project/read-project.ts';
import { parseEnvironment, withEnvironment } from '../../../release/desired/environment.ts';
import type { ProjectRequest } from '../requests.ts';
import type { ReachedEngine } from '../../../reach/engine/reached-engine.ts';
import { everywhere, readBuildPlaces } from './read-build-places.ts';

/** Asks the device for its type and architecture, which select one of several Dockerfiles: most projects have but one. */
export const askingDevice =
  ({ architecture, identify }: ReachedEngine, signal: AbortSignal): AskDevice =>
  async () => {
    const identity = await identify(signal);
    return {
      arch: identity?.arch ?? archOf(architecture) ?? undefined,
      deviceType: identity?.deviceType ?? undefined,
    };
  };

/**
 * Reads the project that `request` names; without `askDevice`, for no device. Throws OsError `project-invalid`, `usage`, and
 * what `askDevice` throws.
 */
export async function openProject(
  request: ProjectRequest,
  askDevice: AskDevice | undefined,
  note: (text: string) => void,
): Promise<Project> {
  const { source, composeFiles, profiles, envFiles, dockerfile, projectName, variables, buildArgs } = request;
  const { services = [], buildPlace } = request;
  await refusePipes(envFiles);
  const [file] = composeFiles;
  const directory = file === undefined ? source : path.dirname(path.resolve(source, file));
  const places = buildPlace === undefined ? await readBuildPlaces(directory) : everywhere(buildPlace);
  const project = await readProject(source, {
    ...(askDevice === undefined ? {} : { askDevice }),
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
  await noteNodeOptions(envFiles, note);
  // Without a compose file the variables of a file can go nowhere but into the service itself.
  const added: [string, string][] = [];
  if (project.files.length === 0)
    for (const it of envFiles)
      added.push(...parseEnvironment(await readGivenText(it), it, name => process.env[name]));
  return withEnvironment(project, [...added, ...variables]);
}

/** A pipe as of `<(command)` is empty by now: Node.js, which looks for `--env-file` itself, has read it (20 to 24, measured). */
async function refusePipes(envFiles: readonly string[]): Promise<void> {
  for (const file of envFiles) {
    const found = await stat(file).catch(() => undefined);
    if (found?.isFIFO() === true)
      throw new OsError('usage', `--env-file ${file} is a pipe, which Node.js reads before os does`, {
        hint: 'write the variables to a file, or give them by -e KEY=VALUE',
      });
  }
}

/**
 * Node.js looks for `--env-file` among the arguments of a program too, and starts with the NODE_OPTIONS of the file (20 to 24, measured):
 * nothing that the program does comes before that.
 */
async function noteNodeOptions(envFiles: readonly string[], note: (text: string) => void): Promise<void> {
  for (const file of envFiles)
    if (/^\s*(?:export\s+)?NODE_OPTIONS\s*=/m.test(await readGivenText(file)))
      note(
        `Node.js applies the NODE_OPTIONS in ${sanitizeLine(file)} to os itself: give them to the service by -e, environment: or env_file: instead`,
      );
}

function noteWarnings({ warnings, directory }: Project, note: (text: string) => void): void {
  for (const warning of warnings) note(formatProblem(warning, directory));
}

/** Reads the same project in the form for live sync. */
export async function openLiveProject(
  request: ProjectRequest,
  askDevice: AskDevice | undefined,
  note: (text: string) => void,
): Promise<Project> {
  const live = toLiveProject(await openProject(request, askDevice, note));
  noteWarnings(live, note);
  return live;
}
