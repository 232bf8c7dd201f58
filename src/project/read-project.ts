import { stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, OsError } from '../core/errors.ts';
import type { Build } from './build.ts';
import { addBuildSettings } from './settings/build-settings.ts';
import { cannotRead } from './context/read-failure.ts';
import { checkClassicBuilder, placesIn } from './dockerfile/check-classic.ts';
import { findDockerfile, type DeviceKind } from './dockerfile/find-dockerfile.ts';
import { parseDockerfile } from './dockerfile/parse-dockerfile.ts';
import { readDockerfile } from './dockerfile/read-dockerfile.ts';
import { readComposeSettings } from './compose/compose-environment.ts';
import { findComposeFiles } from './compose/find-compose-files.ts';
import { readCompose } from './compose/read-compose.ts';
import { readFileIfPresent } from '../state/atomic-file.ts';
import { Problems, type Place } from './problem.ts';
import { isProjectName, projectNameOf } from './project-name.ts';
import type { Project, ProjectFile } from './project.ts';
import { singleServiceName, singleServiceProject } from './single-service.ts';

export interface ReadProjectOptions extends DeviceKind {
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
}

/**
 * Reads what a directory asks to run: its compose files, or its Dockerfile alone. Throws OsError `project-invalid`
 * with every problem, one a line, each with file, line and column.
 */
export async function readProject(directory: string, options: ReadProjectOptions): Promise<Project> {
  const root = path.resolve(directory);
  await assertDirectory(root);
  const problems = new Problems();
  const settings = await readComposeSettings(
    {
      directory: root,
      environment: options.environment ?? {},
      composeFiles: options.composeFiles ?? [],
      envFiles: options.envFiles ?? [],
      profiles: options.profiles ?? [],
      projectName: options.projectName,
    },
    problems,
  );
  const files = await chooseFiles(root, settings.composeFiles, options.dockerfile, problems);
  if (files.length === 0)
    return readSingleService(root, { ...options, projectName: settings.projectName }, problems);
  const project = await readCompose(
    { ...options, files, settings, buildArgs: options.buildArgs ?? {} },
    problems,
  );
  if (project !== undefined) await warnOfUnusedIgnoreFile(project, problems);
  const whole = project && (await addBuildSettings(project, options.buildArgs ?? {}, problems));
  problems.throwIfAny(root);
  if (whole === undefined) throw new Error('a project that cannot be read has a problem');
  return { ...whole, warnings: problems.warnings };
}

/** The compose files to read; none, where the Dockerfile alone counts. */
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

/** People who come from tools with one ignore file for everything would send more than they think. */
async function warnOfUnusedIgnoreFile({ directory, services }: Project, problems: Problems): Promise<void> {
  const builds = services.flatMap(({ build }) => (build === undefined ? [] : [build]));
  const rootFile = path.join(directory, '.dockerignore');
  const isUsed = builds.some(({ contextDirectory }) => contextDirectory === directory);
  if (builds.length === 0 || isUsed || (await readFileIfPresent(rootFile)) === undefined) return;
  problems.warn(
    { file: rootFile, line: 1, column: 1 },
    '',
    `applies to no build: each follows the .dockerignore of its own context (${builds.map(it => path.relative(directory, it.contextDirectory)).join(', ')})`,
  );
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
  options: ReadProjectOptions,
  problems: Problems,
): Promise<Project> {
  const dockerfileName = options.dockerfile ?? 'Dockerfile';
  if ((await findDockerfile(directory, dockerfileName, options)) === undefined)
    throw new OsError(
      'project-invalid',
      `${directory} holds neither a ${dockerfileName} nor a compose file`,
      {
        hint: 'name the directory of the project, or a compose file with -f',
      },
    );
  const projectName = nameOf(directory, options);
  const start = { file: path.resolve(directory, dockerfileName), line: 1, column: 1 };
  const template = { ...options, projectName, serviceName: singleServiceName };
  const request = { contextDirectory: directory, name: dockerfileName, place: start, subject: '', template };
  const dockerfile = await readDockerfile(request, problems);
  const buildArgs = options.buildArgs ?? {};
  if (dockerfile !== undefined) {
    const parsed = await parseDockerfile(dockerfile.text);
    checkClassicBuilder(parsed, { placeAt: placesIn(dockerfile), buildArgs }, problems);
  }
  problems.throwIfAny(directory);
  if (dockerfile === undefined) throw new Error('a Dockerfile that is missing is a problem');
  const build: Build = {
    ...{
      contextDirectory: directory,
      dockerfile,
      args: buildArgs,
      target: undefined,
      labels: {},
      network: undefined,
    },
    ...{ cacheFrom: [], extraHosts: [], shmSizeBytes: undefined, ulimits: [], tags: [], platform: undefined },
    ...{ isNoCache: false, isPull: false, secrets: [] },
  };
  const project = await addBuildSettings(
    { ...singleServiceProject(directory, projectName, build, []), inputs: options.envFiles ?? [] },
    buildArgs,
    problems,
  );
  problems.throwIfAny(directory);
  return { ...project, warnings: problems.warnings };
}

function nameOf(directory: string, options: ReadProjectOptions): string {
  const given = options.projectName;
  if (given !== undefined && given !== '') {
    if (isProjectName(given)) return given;
    throw new OsError('usage', `${JSON.stringify(given)} is not a project name`, {
      hint: 'use lowercase letters, digits, - and _, and start with a letter or a digit',
    });
  }
  const name = projectNameOf(directory);
  if (name !== '') return name;
  throw new OsError('usage', `no project name can be made of ${directory}`, {
    hint: 'give one with --project',
  });
}
