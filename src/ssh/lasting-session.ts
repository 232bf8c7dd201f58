import type { SshSession } from './session.ts';

/** A session that outlives its connection. Disposing closes the session that is open, or is being opened. */
export interface LastingSession extends AsyncDisposable {
  /** Returns the session, or a new one if it is lost; concurrent callers share it. Throws as opening does. */
  get(): Promise<SshSession>;
}

/** Uses `first` for as long as its connection lasts, then sessions that `reopen` opens. */
export function keepSession(
  first: SshSession,
  reopen: (signal: AbortSignal) => Promise<SshSession>,
): LastingSession {
  const closing = new AbortController();
  let session = first;
  let opening: Promise<void> | undefined;
  const open = async (): Promise<void> => {
    try {
      session = await reopen(closing.signal);
    } finally {
      opening = undefined;
    }
  };
  return {
    async get() {
      closing.signal.throwIfAborted();
      if (!session.isOpen) await (opening ??= open());
      return session;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await opening?.catch(() => undefined);
      await session[Symbol.asyncDispose]();
    },
  };
}
