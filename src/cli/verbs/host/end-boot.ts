/** `os reboot`, `os shutdown` and `os reset`: ends the boot of a device, and waits for the next one. */
import type { Clock } from '../../../core/clock.ts';
import { checkMayEnd, endBoot, readBootId, waitForNextBoot } from '../../../host/power/boot.ts';
import type { HostAccess } from '../../../host/host-access.ts';
import type { HostDevice } from './open-host-device.ts';

export interface EndRequest {
  readonly kind: 'reboot' | 'poweroff';
  readonly isForced: boolean;
  /** Undefined: the next boot is not waited for. */
  readonly waitMs: number | undefined;
  /** Runs after the checks and before the boot ends, e.g. requests a reset. */
  readonly prepare?: () => Promise<void>;
  /** Reaches the device after the boot; by default at its address. */
  readonly reopen?: (signal: AbortSignal) => Promise<HostAccess>;
}

export interface EndDependencies {
  readonly device: HostDevice;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface EndResult {
  readonly device: string;
  /** Id of the boot that ended. */
  readonly bootId: string;
  /** Id of the next boot; null if it was not waited for. */
  readonly nextBootId: string | null;
  readonly tookMs: number | null;
}

/** Throws OsError `busy` if the device is locked against it, `connection-lost` if it does not come back. */
export async function endDeviceBoot(
  request: EndRequest,
  { device, clock, signal }: EndDependencies,
): Promise<EndResult> {
  const { commands } = device;
  if (!request.isForced) await checkMayEnd(commands, signal);
  const bootId = await readBootId(commands, signal);
  await request.prepare?.();
  const startMs = clock.nowMs();
  await endBoot(commands, request.kind, signal);
  const done = { device: device.name, bootId };
  if (request.waitMs === undefined) return { ...done, nextBootId: null, tookMs: null };
  const reopen =
    request.reopen ?? ((innerSignal: AbortSignal): Promise<HostAccess> => device.reopen(innerSignal));
  const nextBootId = await waitForNextBoot({ bootId, timeoutMs: request.waitMs, reopen, clock, signal });
  return { ...done, nextBootId, tookMs: clock.nowMs() - startMs };
}
