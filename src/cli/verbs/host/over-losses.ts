import type { Clock } from '../../../core/clock.ts';
import { OsError } from '../../../core/errors.ts';
import type { HostCommands } from '../../../host/host-commands.ts';
import type { HostDevice } from './open-host-device.ts';

/** Time after which the work is given up, if the device is out of reach or loses every connection before anything is done. */
const mostQuietMs = 2 * 60_000;
const pauseMs = 2000;

/** A device that can be reached again, as `HostDevice`. */
export interface ReopenableDevice {
  reopen(signal: AbortSignal): Promise<Pick<HostDevice, 'commands'> & AsyncDisposable>;
}

export interface LossOptions {
  readonly device: ReopenableDevice;
  readonly clock: Clock;
  readonly report: (event: { readonly type: 'connection'; readonly state: 'lost' | 'restored' }) => void;
  readonly signal: AbortSignal;
}

const isLoss = (error: unknown): boolean =>
  error instanceof OsError && ['connection-lost', 'device-unreachable'].includes(error.code);

/**
 * Does `work` over a connection of its own, and again over a new one where it is lost: `work` has to find out by itself how
 * far it had got, and calls `onProgress` whenever it gets further. Throws the loss if there was no progress for two minutes.
 */
export async function overLosses<T>(
  { device, clock, report, signal }: LossOptions,
  work: (commands: HostCommands, onProgress: () => void) => Promise<T>,
): Promise<T> {
  let progressMs = clock.nowMs();
  let isLost = false;
  // A function of its own: esbuild's `await using` in a loop throws the error of an earlier round again.
  const attempt = async (): Promise<T> => {
    await using host = await device.reopen(signal);
    if (isLost) report({ type: 'connection', state: 'restored' });
    isLost = false;
    return await work(host.commands, () => {
      progressMs = clock.nowMs();
    });
  };
  for (;;)
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!isLoss(error) || clock.nowMs() - progressMs > mostQuietMs) throw error;
      if (!isLost) report({ type: 'connection', state: 'lost' });
      isLost = true;
      await clock.sleep(pauseMs, signal);
    }
}
