import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, OsError } from '../core/errors.ts';
import { archOf } from '../device/combine-identity.ts';
import type { DeviceKind } from '../project/dockerfile/find-dockerfile.ts';
import { formatProblem } from '../project/problem.ts';
import type { Project } from '../project/project.ts';
import { toLiveProject } from '../project/live-project.ts';
import { readProject } from '../project/read-project.ts';
import { parseEnvironment, withEnvironment } from '../release/environment.ts';
import { note, type Output } from '../ui/output.ts';
import { knownDevices } from './lookup.ts';
import type { ReachedEngine } from './reached-engine.ts';

/** The flags that decide what is read; see project-flags.ts. */
export interface ProjectFlags {
  readonly source: string;
  readonly file?: readonly string[] | undefined;
  readonly dockerfile?: string | undefined;
  readonly project?: string | undefined;
  readonly 'env-file'?: readonly string[] | undefined;
  readonly profile?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
  readonly 'build-arg'?: readonly string[] | undefined;
}

/** `KEY=VALUE`; `KEY` alone takes its value from this process's environment. */
function parseArgument(text: string): [string, string] {
  const [name = '', ...value] = text.split('=');
  const inherited = value.length === 0 ? process.env[name] : value.join('=');
  if (name !== '' && inherited !== undefined) return [name, inherited];
  throw new OsError('usage', `not KEY=VALUE: ${JSON.stringify(text)}`);
}

/** What decides between Dockerfiles: the engine tells the architecture, an earlier meeting the device's type. */
export async function deviceKindOf({ address, name, architecture }: ReachedEngine): Promise<DeviceKind> {
  const known = (await knownDevices().list()).find(it => it.host === name || it.addresses.includes(address));
  return {
    arch: known?.identity?.arch ?? archOf(architecture) ?? undefined,
    deviceType: known?.identity?.deviceType ?? undefined,
  };
}

async function readEnvironmentFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new OsError('usage', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** Reads the project that the flags name, for a device of `kind`. Throws OsError `project-invalid`, `usage`. */
export async function openProject(flags: ProjectFlags, kind: DeviceKind, output: Output): Promise<Project> {
  const { file = [], profile = [], 'env-file': envFiles = [], env = [], 'build-arg': buildArgs = [] } = flags;
  const project = await readProject(flags.source, {
    ...kind,
    composeFiles: file,
    profiles: profile,
    envFiles: envFiles.map(it => path.resolve(it)),
    dockerfile: flags.dockerfile,
    environment: process.env,
    projectName: flags.project,
    buildArgs: Object.fromEntries(buildArgs.map(parseArgument)),
  });
  noteWarnings(project, output);
  // Without a compose file there is nothing to put the variables of a file in but the service itself.
  const texts = project.files.length === 0 ? await Promise.all(envFiles.map(readEnvironmentFile)) : [];
  return withEnvironment(project, [...texts.flatMap(parseEnvironment), ...env.map(parseArgument)]);
}

function noteWarnings({ warnings, directory }: Project, output: Output): void {
  for (const warning of warnings) note(output, formatProblem(warning, directory));
}

/** The same, as it is built to be kept in sync. */
export async function openLiveProject(
  flags: ProjectFlags,
  kind: DeviceKind,
  output: Output,
): Promise<Project> {
  const live = await toLiveProject(await openProject(flags, kind, output));
  noteWarnings(live, output);
  return live;
}
