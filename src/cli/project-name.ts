import { Flags } from '@oclif/core';
import { OsError } from '../core/errors.ts';
import type { Output } from '../ui/output.ts';
import { openProject } from './open-project.ts';
import { engineFlags, projectFlags } from './project-flags.ts';

/** Flags of commands for a project that a device already runs. */
export const runningFlags = {
  project: projectFlags.project,
  source: projectFlags.source,
  file: projectFlags.file,
  ...engineFlags,
};

export const graceFlag = Flags.integer({
  char: 't',
  description: 'seconds until a service that does not stop is killed',
  min: 0,
  helpValue: 'SECONDS',
});

interface NameFlags {
  readonly project?: string | undefined;
  readonly source: string;
  readonly file?: readonly string[] | undefined;
}

/** The project that --project names, else the one in the source directory. Throws as `openProject` does. */
export async function readProjectName(flags: NameFlags, output: Output): Promise<string> {
  return flags.project ?? (await openProject(flags, {}, { ...output, isQuiet: true })).name;
}

/** As `readProjectName`; undefined where the source directory holds no project that can be read. */
export async function findProjectName(flags: NameFlags, output: Output): Promise<string | undefined> {
  try {
    return await readProjectName(flags, output);
  } catch (error) {
    if (error instanceof OsError && error.code === 'project-invalid' && flags.file === undefined)
      return undefined;
    throw error;
  }
}
