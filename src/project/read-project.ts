import { stat } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../core/errors.ts';
import type { Build } from './build.ts';
import { cannotRead } from './context/read-failure.ts';
import { checkClassicBuilder } from './dockerfile/check-classic.ts';
import { findDockerfile, type DeviceKind } from './dockerfile/find-dockerfile.ts';
import { parseDockerfile } from './dockerfile/parse-dockerfile.ts';
import { readDockerfile } from './dockerfile/read-dockerfile.ts';
import { Problems } from './problem.ts';
import { isProjectName, projectNameOf } from './project-name.ts';
import type { Project } from './project.ts';
import { singleServiceName, singleServiceProject } from './single-service.ts';

export interface ReadProjectOptions extends DeviceKind {
  /** Compose files, relative to the current directory, as `-f` gives them; else those of the directory. */
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
  return readSingleService(root, options);
}

async function assertDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch((error: unknown) => {
    throw cannotRead(directory, error);
  });
  if (!found.isDirectory())
    throw new OsError('project-invalid', `${directory} is not a directory`, {
      hint: 'name the directory of the project',
    });
}

async function readSingleService(directory: string, options: ReadProjectOptions): Promise<Project> {
  const problems = new Problems();
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
  if (dockerfile !== undefined)
    checkClassicBuilder(
      await parseDockerfile(dockerfile.text),
      { file: dockerfile.file, buildArgs },
      problems,
    );
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
    ...{ isNoCache: false, isPull: false },
  };
  return singleServiceProject(directory, projectName, build, problems.warnings);
}

function nameOf(directory: string, options: ReadProjectOptions): string {
  const given = options.projectName ?? options.environment?.['COMPOSE_PROJECT_NAME'];
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
