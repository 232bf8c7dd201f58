/** `os update`: an update of the host OS from a local file, checked before it is sent and judged after the boot. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import { openDeadline } from '../../../core/deadline.ts';
import { OsError } from '../../../core/errors.ts';
import type { HostCommands } from '../../../host/host-commands.ts';
import { askForEnd, readBootId } from '../../../host/power/boot.ts';
import { awaitVerdict } from '../../../host/update/await-verdict.ts';
import { checkUpdate } from '../../../host/update/check-update.ts';
import { UpdateHold } from '../../../host/update/hold-update.ts';
import { readHostappArchive, type ArchiveSource } from '../../../host/update/hostapp-archive.ts';
import { awaitInstall, clearInstall, startInstall } from '../../../host/update/install-update.ts';
import { findSent, isSent, removeSent, sendArchive } from '../../../host/update/send-archive.ts';
import type { RunningOs, UpdateEvent } from '../../../host/update/update-events.ts';
import { readUpdateStatus } from '../../../host/update/update-status.ts';
import type { HostDevice } from './open-host-device.ts';
import { overLosses } from './over-losses.ts';

export interface UpdateRequest {
  readonly archive: ArchiveSource;
  readonly isDowngradeAllowed: boolean;
  /** The person who updates, for others who want to at the same time, e.g. `anna on laptop`. */
  readonly person: string;
  /** Time limit from the reboot to the verdict of the health check. */
  readonly timeoutMs: number;
}

export interface UpdateDependencies {
  readonly device: Pick<HostDevice, 'name' | 'commands' | 'reopen'>;
  readonly clock: Clock;
  readonly report: (event: UpdateEvent) => void;
  readonly signal: AbortSignal;
}

export interface Updated {
  readonly device: string;
  readonly from: RunningOs;
  readonly to: RunningOs;
  readonly durationMs: number;
}

const mostReleaseMs = 5000;
const readBytes = 4 * 1024 * 1024;

async function digestOf({ read, sizeBytes }: ArchiveSource, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < sizeBytes; at += readBytes) {
    signal.throwIfAborted();
    hash.update(await read(at, Math.min(readBytes, sizeBytes - at)));
  }
  return hash.digest('hex');
}

/** Sends what the device does not have yet. Throws OsError `connection-lost` if it arrives damaged twice. */
async function sendAll(
  archive: ArchiveSource,
  hold: UpdateHold,
  dependencies: UpdateDependencies,
): Promise<void> {
  const { report, signal } = dependencies;
  const { sizeBytes: totalBytes } = archive;
  const sendRest = (): Promise<boolean> =>
    overLosses(dependencies, async (commands, onProgress) => {
      const sentBytes = await findSent(commands, hold.digest, totalBytes, signal);
      if (sentBytes > 0) report({ type: 'update-resumed', sentBytes, totalBytes });
      await sendArchive(
        commands,
        archive,
        { hold, sentBytes },
        {
          signal,
          report: bytes => {
            onProgress();
            report({ type: 'update-sending', sentBytes: bytes, totalBytes });
          },
        },
      );
      return isSent(commands, hold.digest, signal);
    });
  if ((await sendRest()) || (await sendRest())) return;
  throw new OsError('connection-lost', 'the update arrived damaged twice', {
    hint: 'check the file, which may have changed meanwhile, and the storage of the device',
  });
}

async function install(hold: UpdateHold, dependencies: UpdateDependencies): Promise<void> {
  const { clock, report, signal } = dependencies;
  let isCleared = false;
  const progress = { lines: 0 };
  await overLosses(dependencies, async (commands, onProgress) => {
    if (!isCleared) await clearInstall(commands, hold, signal);
    isCleared = true;
    await startInstall(commands, hold, signal);
    await awaitInstall(commands, hold, {
      clock,
      signal,
      progress,
      report: line => {
        onProgress();
        report({ type: 'update-installing', line });
      },
    });
    await removeSent(commands, hold.digest, signal);
  });
}

/** After a failure or an interruption. A hold that cannot be released ends by itself. */
async function release(hold: UpdateHold, commands: HostCommands): Promise<void> {
  using deadline = openDeadline(new AbortController().signal, mostReleaseMs);
  await hold.release(commands, deadline.signal).catch(() => undefined);
}

/** Ends the boot `bootId`, and no later one: a reboot on trial would count as a failed boot. */
async function reboot(bootId: string, dependencies: UpdateDependencies): Promise<void> {
  const { report, signal } = dependencies;
  report({ type: 'update-rebooting' });
  let isAsked = false;
  await overLosses(dependencies, async commands => {
    if (isAsked && (await readBootId(commands, signal)) !== bootId) return;
    try {
      await askForEnd(commands, 'reboot', signal);
    } catch (error) {
      // A device that is going down already takes no further command.
      if (!(isAsked && error instanceof OsError && error.code === 'host-refused')) throw error;
    } finally {
      isAsked = true;
    }
  });
}

/**
 * Throws OsErrors: `image-invalid` for what is no update of this device, `usage` for a downgrade, `no-space`, `busy` while
 * another is on trial, sent or installed, `update-rolled-back` with the reason of the device, `connection-lost` where there
 * is no verdict.
 */
export async function updateDevice(
  { archive, isDowngradeAllowed, person, timeoutMs }: UpdateRequest,
  dependencies: UpdateDependencies,
): Promise<Updated> {
  const { device, clock, report, signal } = dependencies;
  const startMs = clock.nowMs();
  const facts = await readHostappArchive(archive);
  const before = await readUpdateStatus(device.commands, signal);
  const check = (sentBytes: number): void => {
    checkUpdate(facts, before, { isDowngradeAllowed, sentBytes });
  };
  // First without the archive's digest, which takes as long as reading it.
  check(archive.sizeBytes);
  const digest = await digestOf(archive, signal);
  check(await findSent(device.commands, digest, archive.sizeBytes, signal));
  report({ type: 'update-checked', from: before.version, to: facts.version });
  const hold = new UpdateHold(digest, person);
  try {
    await sendAll(archive, hold, dependencies);
    await install(hold, dependencies);
  } catch (error) {
    await release(hold, device.commands);
    throw error;
  }
  await reboot(before.bootId, dependencies);
  const { isKept, status, journal } = await awaitVerdict({
    before,
    version: facts.version,
    timeoutMs,
    reopen: within => device.reopen(within),
    report,
    clock,
    signal,
  });
  if (!isKept) {
    const fallback = status.rollback === 'altboot' ? 'the new root did not boot' : undefined;
    const reason = status.reason ?? journal ?? fallback ?? 'it does not say why';
    throw new OsError(
      'update-rolled-back',
      `${device.name} has gone back to ${status.version ?? 'its former OS'}: ${reason}`,
      {
        hint: `\`os logs ${device.name} --system --unit rollback-health\` has more, where the journal is kept`,
      },
    );
  }
  const updated = {
    from: { version: before.version, root: before.root },
    to: { version: status.version, root: status.root },
    durationMs: Math.round(clock.nowMs() - startMs),
  };
  report({ type: 'updated', ...updated });
  return { device: device.name, ...updated };
}
