/** `os config set`, `unset` and `edit`: one change of config.json on a running device, applied and confirmed. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import { openDeadline } from '../../../core/deadline.ts';
import { OsError } from '../../../core/errors.ts';
import { avahiLabel } from '../../../device/target.ts';
import { applyCommands, hostnameOf, isConfigApplied } from '../../../host/config/apply-config.ts';
import {
  changeConfig,
  configEffects,
  configPath,
  decodeConfig,
  type ConfigChange,
  type ConfigEffects,
} from '../../../host/config/config-file.ts';
import { checkWritten, readConfigBytes, writeConfigText } from '../../../host/config/config-verbs.ts';
import { getJson } from '../../../host/config/edit-json.ts';
import { guardChange, type GuardEvent } from '../../../host/undo/guard-change.ts';
import {
  findLeftStopped,
  readEngine,
  settleEngine,
  type EngineBefore,
} from '../../../host/services/engine-restart.ts';
import type { HostDevice } from './open-host-device.ts';
import { namesOf, type TargetNames } from './open-host-target.ts';

export interface ConfigRequest {
  readonly change: ConfigChange;
  /** Seconds until the device undoes a change that affects its reachability; undefined: it keeps every change. */
  readonly undoAfterS: number | undefined;
}

export interface ConfigDependencies {
  readonly device: HostDevice;
  readonly clock: Clock;
  readonly report: (event: GuardEvent) => void;
  readonly signal: AbortSignal;
}

export interface ConfigChanged extends ConfigEffects, TargetNames {
  readonly isChanged: boolean;
  /** Address at which the device was reached after the change; null if the change does not affect the address. */
  readonly reachedAt: string | null;
  /**
   * Names of the containers that the restart of the engine has left stopped, as they have no restart policy. Empty also where the
   * command does not wait for that (`--no-undo`).
   */
  readonly stopped: readonly string[];
}

/** Attempts at a change of one key while somebody else changes the file at the same time. */
const mostAttempts = 5;

/**
 * Throws OsErrors; writes nothing if the result would not be valid. What somebody else changes at the same time stays: a
 * key is changed in the new file then, and a text edited by hand is refused with OsError `busy`.
 */
export async function changeDeviceConfig(
  request: ConfigRequest,
  dependencies: ConfigDependencies,
): Promise<ConfigChanged> {
  for (let attempt = 1; ; attempt++)
    try {
      return await changeOnce(request, dependencies);
    } catch (error) {
      const isBusy = error instanceof OsError && error.code === 'busy';
      if (!isBusy || request.change.kind === 'replace' || attempt === mostAttempts) throw error;
    }
}

async function changeOnce(
  { change, undoAfterS }: ConfigRequest,
  dependencies: ConfigDependencies,
): Promise<ConfigChanged> {
  const { device, clock, report, signal } = dependencies;
  const { files, commands } = device;
  const before = await readConfigBytes(files, signal);
  const text = decodeConfig(before);
  const after = changeConfig(text, change);
  const effects = configEffects(text, after);
  if (after === text)
    return { ...effects, ...namesOf(device), isChanged: false, reachedAt: null, stopped: [] };
  const apply = applyCommands(effects);
  let isWritten = false;
  const write = async (): Promise<void> => {
    await writeConfigText(files, before, after, signal);
    isWritten = true;
    await checkWritten(files, { text: after, change }, signal);
    await commands.run(apply.join('\n'), { signal });
  };
  const isRenamed = effects.changed.includes('hostname');
  const hostname = isRenamed ? hostnameOf(getJson(after, ['hostname']), getJson(after, ['uuid'])) : undefined;
  const done = { ...effects, ...namesOf(device), isChanged: true, stopped: [] };
  if (!effects.isReach || undoAfterS === undefined) {
    await write();
    return { ...done, reachedAt: null };
  }
  const engine = effects.restarts.includes('balena') ? await readEngine(commands, signal) : undefined;
  const names = hostname === undefined ? [] : [`${avahiLabel(hostname)}.local`];
  const reachedAt = await guardChange(
    {
      plan: {
        id: randomBytes(5).toString('hex'),
        afterS: undoAfterS,
        files: [{ path: configPath, content: before, mode: 0o644 }],
        commands: apply,
      },
      // Its address is needed if multicast is blocked.
      places: [...names, device.address],
      apply: write,
      isWritten: () => isWritten,
      isApplied: (again, innerSignal) => isConfigApplied(again, hostname, innerSignal),
    },
    { clock, commands, report, signal, reopen: (place, innerSignal) => device.reopen(innerSignal, place) },
  );
  const stopped = engine === undefined ? [] : await findStopped(engine, dependencies);
  const [name] = names;
  const isFound = name !== undefined && (reachedAt === name || (await isReachedAt(name, dependencies)));
  return { ...done, stopped, reachedAt: isFound ? name : reachedAt };
}

/** Waits for the restart of the engine, and returns the containers that it leaves stopped; none over a connection that is lost. */
async function findStopped(
  before: EngineBefore,
  { device: { commands }, signal }: ConfigDependencies,
): Promise<string[]> {
  try {
    await settleEngine(commands, before, signal);
    return await findLeftStopped(commands, before, signal);
  } catch (error) {
    if (error instanceof OsError && error.code === 'connection-lost') return [];
    throw error;
  }
}

/** The time that a device may take to announce a new name. */
const announcementMs = 15_000;

/** True once the device is found under its new name; false after a time limit, as when multicast is blocked. */
async function isReachedAt(name: string, { device, signal }: ConfigDependencies): Promise<boolean> {
  using deadline = openDeadline(signal, announcementMs);
  try {
    await using _again = await device.reopen(deadline.signal, name);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OsError || deadline.signal.aborted) return false;
    throw error;
  }
}
