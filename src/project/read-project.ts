import { stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, OsError } from '../core/errors.ts';
import type { Build, BuildPlace } from './build.ts';
import { addBuildSettings } from './settings/build-settings.ts';
import { readIgnoreFile } from './context/ignore/ignore-file.ts';
import { findVainExceptions } from './context/ignore/ignore-rules.ts';
import { cannotRead } from './context/read-failure.ts';
import { checkClassicBuilder, placesIn } from './dockerfile/check-classic.ts';
import { findDockerfile, type AskDevice, type DeviceKind } from './dockerfile/find-dockerfile.ts';
import { parseDockerfile } from './dockerfile/parse/parse-dockerfile.ts';
import { readDockerfile } from './dockerfile/read-dockerfile.ts';
import { readComposeSettings } from './compose/files/compose-settings.ts';
import { findComposeFiles } from './compose/files/find-compose-files.ts';
import { readCompose } from './compose/read-compose.ts';
import { Problems, type Place } from './problem.ts';
import { isProjectName, projectNameOf, type ProjectName } from './project-name.ts';
import type { Project, ProjectFile } from './project.ts';
import { isMissing } from './variables/read-text.ts';
import { singleServiceName, singleServiceProject } from './single-service.ts';

export interface ReadProjectOptions extends DeviceKind {
  /** Reads the device's type and architecture. Called at most once, if a Dockerfile depends on the answer. */
  readonly askDevice?: AskDevice;
  /** Named services: naming a service enables its profile. */
  readonly services?: readonly string[];
  /** Compose files, relative to the directory, as `-f` gives them; else those of the directory. */
  readonly composeFiles?: readonly string[];
  readonly profiles?: readonly string[];
  /** Instead of `.env`. */
  readonly envFiles?: readonly string[];
  /** Name of the Dockerfile, relative to the directory. */
  readonly dockerfile?: string | undefined;
  /** The user's environment, from which compose files take variables. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly projectName?: string | undefined;
  /** Added to every build. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Where the image of a service is built. Default: on the device. */
  readonly placeOf?: (service: string) => BuildPlace;
}

/**
 * Reads the project of a directory: its compose files, or its Dockerfile alone. Throws OsError `project-invalid` with
 * every problem, one a line, each with file, line and column.
 */
export async function readProject(directory: string, options: ReadProjectOptions): Promise<Project> {
  const root = path.resolve(directory);
  await assertDirectory(root);
  const problems = new Problems();
  const settings = await readComposeSettings({
    directory: root,
    environment: options.environment ?? {},
    composeFiles: options.composeFiles ?? [],
    envFiles: options.envFiles ?? [],
    profiles: options.profiles ?? [],
    projectName: options.projectName,
  });
  const files = await chooseFiles(root, settings.composeFiles, options.dockerfile, problems);
  // Beside a Dockerfile alone, `.env` belongs to the app and may have any form.
  if (files.length > 0 || (options.envFiles ?? []).length > 0) problems.addAll(settings.envProblems);
  if (files.length === 0) {
    const projectName = options.projectName ?? options.environment?.['COMPOSE_PROJECT_NAME'];
    return readSingleService(root, { ...options, projectName, askDevice: rememberAnswer(options) }, problems);
  }
  const project = await readCompose(
    {
      files,
      settings,
      askDevice: rememberAnswer(options),
      buildArgs: options.buildArgs ?? {},
      services: options.services ?? [],
      placeOf: options.placeOf ?? ((): BuildPlace => 'device'),
    },
    problems,
  );
  const builds = project?.services.flatMap(({ build }) => build ?? []) ?? [];
  if (project !== undefined) await warnOfUnusedIgnoreFile(project.directory, builds, problems);
  await warnOfVainExceptions(builds, problems);
  const whole = project && (await addBuildSettings(project, options.buildArgs ?? {}, problems));
  problems.throwIfAny(root);
  if (whole === undefined) throw new Error('a project without a result has a problem');
  return { ...whole, warnings: problems.warnings };
}

/** Prefers known properties of the device; queries the device once for missing ones. */
function rememberAnswer({ deviceType, arch, askDevice }: ReadProjectOptions): AskDevice {
  let answer: Promise<DeviceKind> | undefined;
  return async () => {
    if (askDevice === undefined || (deviceType !== undefined && arch !== undefined))
      return { deviceType, arch };
    answer ??= askDevice();
    const answered = await answer;
    return { deviceType: deviceType ?? answered.deviceType, arch: arch ?? answered.arch };
  };
}

/** Returns the compose files to read; none if only the Dockerfile applies. */
async function chooseFiles(
  directory: string,
  given: readonly string[],
  dockerfile: string | undefined,
  problems: Problems,
): Promise<readonly ProjectFile[]> {
  if (given.length > 0) {
    if (dockerfile !== undefined)
      throw new OsError('usage', 'a Dockerfile and compose files exclude one another', {
        hint: 'name the Dockerfile in the compose file, or leave one of the two out',
      });
    return given.map((file, i) => ({ file, role: i === 0 ? 'base' : 'override' }));
  }
  const { files, passedOver } = await findComposeFiles(directory);
  const start = (file: string): Place => ({ file, line: 1, column: 1 });
  const [base] = files;
  if (base === undefined) return [];
  if (dockerfile !== undefined) {
    problems.warn(start(base.file), '', `is not used, because ${dockerfile} is asked for`);
    return [];
  }
  for (const { file, role } of files)
    if (role === 'development') problems.warn(start(file), '', 'is applied because it is there');
  for (const file of passedOver)
    problems.warn(start(file), '', `is not used, because ${path.basename(base.file)} is there`);
  return files;
}

/**
 * Warns people who come from tools in which one ignore file applies to every build: they would send more than they
 * expect.
 */
async function warnOfUnusedIgnoreFile(
  directory: string,
  builds: readonly Build[],
  problems: Problems,
): Promise<void> {
  const rootFile = path.join(directory, '.dockerignore');
  const isUsed = builds.some(({ contextDirectory }) => contextDirectory === directory);
  if (builds.length === 0 || isUsed || (await isMissing(rootFile))) return;
  problems.warn(
    { file: rootFile, line: 1, column: 1 },
    '',
    `applies to no build: each follows the .dockerignore of its own context (${builds.map(it => path.relative(directory, it.contextDirectory)).join(', ')})`,
  );
}

/** Warns of exceptions of ignore files that keep less on a device than in a build by BuildKit. */
async function warnOfVainExceptions(builds: readonly Build[], problems: Problems): Promise<void> {
  for (const { contextDirectory, dockerfile, place } of builds) {
    if (place === 'local') continue;
    const ownFile = dockerfile.kind === 'inline' ? undefined : dockerfile.file;
    const { file, rules } = await readIgnoreFile(contextDirectory, ownFile, new Problems());
    if (file === undefined) continue;
    for (const { line, pattern } of findVainExceptions(rules))
      problems.warn(
        { file, line, column: 1 },
        '',
        `"!${pattern}" keeps nothing below directories that are ignored, unlike with BuildKit: name these directories, or except them too`,
      );
  }
}

async function assertDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw cannotRead(directory, error);
  });
  if (!found?.isDirectory())
    throw new OsError('project-invalid', `${directory} is ${found ? 'not a' : 'no'} directory`, {
      hint: 'name the directory of the project',
    });
}

async function readSingleService(
  directory: string,
  options: ReadProjectOptions & { readonly askDevice: AskDevice },
  problems: Problems,
): Promise<Project> {
  const dockerfileName = options.dockerfile ?? 'Dockerfile';
  if ((await findDockerfile(directory, dockerfileName, options.askDevice)) === undefined)
    throw options.dockerfile === undefined
      ? new OsError('project-invalid', `${directory} holds neither a Dockerfile nor a compose file`, {
          hint: 'name the directory of the project, or a compose file with -f',
        })
      : new OsError('project-invalid', `there is no ${dockerfileName} in ${directory}`, {
          hint: 'its path is relative to the directory of the project',
        });
  const projectName = nameOf(directory, options);
  const start = { file: path.resolve(directory, dockerfileName), line: 1, column: 1 };
  const { askDevice, profiles = [] } = options;
  for (const profile of profiles)
    problems.warn(start, '', `a Dockerfile alone has no profiles: --profile ${profile} has no effect`);
  const template = { askDevice, projectName: projectName.name, serviceName: singleServiceName };
  const request = { contextDirectory: directory, name: dockerfileName, place: start, subject: '', template };
  const dockerfile = await readDockerfile(request, problems);
  const buildArgs = options.buildArgs ?? {};
  const place = options.placeOf?.(singleServiceName);
  if (dockerfile !== undefined) {
    const parsed = parseDockerfile(dockerfile.text);
    checkClassicBuilder(parsed, { placeAt: placesIn(dockerfile), buildArgs, place }, problems);
  }
  problems.throwIfAny(directory);
  if (dockerfile === undefined) throw new Error('a Dockerfile that is missing is a problem');
  const build: Build = {
    place,
    contextDirectory: directory,
    dockerfile,
    args: buildArgs,
    target: undefined,
    labels: {},
    network: undefined,
    cacheFrom: [],
    extraHosts: [],
    shmSizeBytes: undefined,
    ulimits: [],
    tags: [],
    platform: undefined,
    isNoCache: false,
    isPull: false,
    secrets: [],
  };
  await warnOfVainExceptions([build], problems);
  const project = await addBuildSettings(
    { ...singleServiceProject(directory, projectName, build, []), inputs: options.envFiles ?? [] },
    buildArgs,
    problems,
  );
  problems.throwIfAny(directory);
  return { ...project, warnings: problems.warnings };
}

function nameOf(directory: string, options: ReadProjectOptions): ProjectName {
  const given = options.projectName;
  if (given !== undefined && given !== '') {
    if (isProjectName(given)) return { name: given, givenName: given };
    throw new OsError('usage', `${JSON.stringify(given)} is not a project name`, {
      hint: 'use lowercase letters, digits, - and _, and start with a letter or a digit',
    });
  }
  const name = projectNameOf(directory);
  if (name.name !== '') return name;
  throw new OsError('usage', `no project name can be made of ${directory}`, {
    hint: 'give one with --project',
  });
}
