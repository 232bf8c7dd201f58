import { homedir } from 'node:os';
import path from 'node:path';

/** The absolute path of what a compose file names: relative to `base`, or with `~` to the user's home directory. */
export const localPath = (base: string, written: string): string =>
  written.startsWith('~') ? path.join(homedir(), written.slice(1)) : path.resolve(base, written);
