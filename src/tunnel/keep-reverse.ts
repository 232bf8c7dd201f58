import type { Clock } from '../core/clock.ts';
import {
  openReverse,
  closeReverse,
  reopenReverse,
  type ReverseOptions,
  type ReverseSession,
} from './reverse.ts';
import type { ReverseRequest } from './port-words.ts';
import type { ReverseAddresses } from './reverse-place.ts';

/** Wait before a port is tried again, which the connection that was lost may still hold on the device. */
const retryMs = 5000;

/** Ports of the device that lead to this machine, for as long as it is there. Disposing has the device close them. */
export interface KeptReverse extends AsyncDisposable {
  /** Opens them again, on a new session. Throws the reason of the signal. */
  reopen(session: ReverseSession): Promise<void>;
}

/** Opens all ports, or none. Throws as `openReverse` does. */
export async function openReversePorts(
  first: ReverseSession,
  requests: readonly ReverseRequest[],
  { clock, ...options }: ReverseOptions & { readonly clock: Clock },
): Promise<KeptReverse> {
  const { report, signal } = options;
  let session = first;
  const open = new Map<ReverseRequest, ReverseAddresses>();
  const tell = (request: ReverseRequest, addresses: ReverseAddresses): void => {
    open.set(request, addresses);
    report({ type: 'reverse-listening', ...request, ...addresses });
  };
  const close = async (): Promise<void> => {
    for (const [request, addresses] of open) await closeReverse(session, request, addresses);
    open.clear();
  };
  const opened: (readonly [ReverseRequest, ReverseAddresses])[] = [];
  try {
    for (const request of requests) {
      const addresses = await openReverse(session, request, options);
      open.set(request, addresses);
      opened.push([request, addresses]);
    }
  } catch (error) {
    await close();
    throw error;
  }
  for (const [request, addresses] of opened) tell(request, addresses);
  return {
    async reopen(next) {
      session = next;
      open.clear();
      for (let waiting = [...requests]; waiting.length > 0 && next.isOpen;) {
        const missing: ReverseRequest[] = [];
        for (const request of waiting) {
          const addresses = await reopenReverse(next, request, options);
          if (addresses === undefined) missing.push(request);
          else tell(request, addresses);
        }
        waiting = missing;
        if (waiting.length > 0) await clock.sleep(retryMs, signal);
      }
    },
    [Symbol.asyncDispose]: close,
  };
}
