import type { HostCommands } from './host-commands.ts';
import type { HostFiles } from './host-files.ts';

/** A running device: its files and its commands, over one connection. */
export interface HostAccess extends AsyncDisposable {
  readonly files: HostFiles;
  readonly commands: HostCommands;
}
