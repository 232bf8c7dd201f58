import { isProcessAlive, processIdentity } from '../../state/process-identity.ts';

const pollMs = 300;

/** A signal that aborts with `reason` when the process `pid`, which is no child of this one, ends; until disposed. */
export function watchEnd(pid: number, reason: Error): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const watched = processIdentity(pid);
  const timer = setInterval(() => {
    if (!isProcessAlive(watched)) controller.abort(reason);
  }, pollMs);
  return { signal: controller.signal, [Symbol.dispose]: () => clearInterval(timer) };
}
