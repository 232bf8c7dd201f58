import { homedir } from 'node:os';
import path from 'node:path';

const windowsLocal = (): string => process.env['LOCALAPPDATA'] ?? path.join(homedir(), 'AppData', 'Local');

/** The first of `variable` (when absolute, as the XDG specification demands) and `fallback`, plus our own folder. */
function underXdg(variable: string, fallback: string): string {
  const set = process.env[variable];
  return path.join(set !== undefined && path.isAbsolute(set) ? set : fallback, 'os-cli');
}

/** Directory of state that outlasts a run: known devices, host keys, emulated devices. Not created here. */
export function stateDirectory(): string {
  const fallbacks: Partial<Record<NodeJS.Platform, string>> = {
    darwin: path.join(homedir(), 'Library', 'Application Support'),
    win32: windowsLocal(),
  };
  return underXdg('XDG_STATE_HOME', fallbacks[process.platform] ?? path.join(homedir(), '.local', 'state'));
}

/** Directory of files that can be recreated. Not created here. */
export function cacheDirectory(): string {
  const fallbacks: Partial<Record<NodeJS.Platform, string>> = {
    darwin: path.join(homedir(), 'Library', 'Caches'),
    win32: path.join(windowsLocal(), 'Cache'),
  };
  return underXdg('XDG_CACHE_HOME', fallbacks[process.platform] ?? path.join(homedir(), '.cache'));
}
