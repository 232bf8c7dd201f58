/** State of the stand-in that outlasts its restarts, as a supervisor's database does. */
import type { Mutable } from '../../core/mutable.ts';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StandInApp } from './target/target.ts';

export type Stored = Mutable<{
  readonly name: string;
  readonly config: Record<string, string>;
  readonly isLocalMode: boolean;
  readonly apps: readonly StandInApp[];
  /** By name and tag: the image that it was first. After a restart the name is that image again. */
  readonly firstImages: Record<string, string>;
  /** By container id: a digest of its configuration, and if it was ever started. */
  readonly containers: Record<string, { readonly digest: string; readonly isStarted: boolean }>;
}>;

/** The form in which devices of earlier releases have stored it. */
interface Former {
  readonly made?: Stored['containers'];
}

export const localModeKey = 'SUPERVISOR_LOCAL_MODE';

/** The configuration with what a supervisor fills in: keys that were not sent are reset. */
export const withDefaults = (
  config: Readonly<Record<string, string>>,
  { isManaged, pollIntervalMs }: { readonly isManaged: boolean; readonly pollIntervalMs: number },
): Record<string, string> => ({
  SUPERVISOR_POLL_INTERVAL: pollIntervalMs.toString(),
  SUPERVISOR_INSTANT_UPDATE_TRIGGER: 'true',
  [localModeKey]: isManaged ? 'false' : 'true',
  SUPERVISOR_CONNECTIVITY_CHECK: 'true',
  SUPERVISOR_LOG_CONTROL: 'true',
  SUPERVISOR_DELTA: 'false',
  SUPERVISOR_DELTA_REQUEST_TIMEOUT: '59000',
  SUPERVISOR_DELTA_APPLY_TIMEOUT: '0',
  SUPERVISOR_DELTA_RETRY_COUNT: '30',
  SUPERVISOR_DELTA_RETRY_INTERVAL: '10000',
  SUPERVISOR_DELTA_VERSION: '2',
  SUPERVISOR_OVERRIDE_LOCK: 'false',
  SUPERVISOR_PERSISTENT_LOGGING: 'false',
  HOST_FIREWALL_MODE: '',
  HOST_DISCOVERABILITY: 'true',
  SUPERVISOR_HARDWARE_METRICS: 'true',
  SUPERVISOR_VPN_CONTROL: 'true',
  ...config,
});

/** undefined: there is none yet, or none that can be read. */
export async function readStored(file: string): Promise<Stored | undefined> {
  try {
    const { made = {}, ...stored } = JSON.parse(await readFile(file, 'utf8')) as Stored & Former;
    return { ...stored, containers: { ...made, ...stored.containers } };
  } catch {
    return undefined;
  }
}

export async function writeStored(file: string, stored: Stored): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(stored));
  await rename(`${file}.new`, file);
}
