import { Args } from '@oclif/core';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { EmulatorContext, EmulatorEvent } from '../../emulator/place.ts';
import { cacheDirectory, stateDirectory } from '../../state/paths.ts';
import { reportEmulatorEvent } from '../../ui/answers/emulator.ts';
import type { Output } from '../../ui/output.ts';

export const defaultDeviceName = 'device';

export const deviceNameArg = Args.string({
  name: 'name',
  description: 'name of the emulated device',
  default: defaultDeviceName,
});

/** The emulator's files: beside the sources when run from them, else beside the build. */
function resourceDirectory(packageRoot: string): string {
  const inSources = path.join(packageRoot, 'src', 'emulator');
  return existsSync(inSources) ? inSources : path.join(packageRoot, 'dist', 'emulator');
}

/** The emulator's context for a command: files of the user, talk on stderr. */
export function emulatorContext(packageRoot: string, signal: AbortSignal, output: Output): EmulatorContext {
  const report = (event: EmulatorEvent): void => reportEmulatorEvent(event, output);
  const place = {
    stateDirectory: stateDirectory(),
    cacheDirectory: cacheDirectory(),
    resourceDirectory: resourceDirectory(packageRoot),
    supervisorProgram: path.join(packageRoot, 'dist', 'emulator', 'supervisor.mjs'),
  };
  return { place, signal, report };
}
