import { keepSession, type LastingSession } from '../../ssh/lasting-session.ts';
import type { ReachContext } from '../reach-context.ts';
import { reachHost, type HostRequest, type ReachedHost } from './reach-host.ts';

/** A root session that is reopened when it is lost, in the same way as the first time but without prompts. */
export interface LastingHost extends ReachedHost {
  readonly lasting: LastingSession;
}

/** Throws what `reachHost` throws; `lasting` throws the same later. */
export async function reachLastingHost(request: HostRequest, context: ReachContext): Promise<LastingHost> {
  const { askPassphrase: ask } = context;
  /** The person's answers, by key file. */
  const passphrases = new Map<string, string | undefined>();
  const reached = await reachHost(request, {
    ...context,
    askPassphrase:
      ask &&
      (async keyFile => {
        const passphrase = await ask(keyFile);
        passphrases.set(keyFile, passphrase);
        return passphrase;
      }),
  });
  const reopen = (signal: AbortSignal): Promise<ReachedHost> =>
    reachHost(request, {
      signal,
      note: () => undefined,
      askPassphrase: keyFile => Promise.resolve(passphrases.get(keyFile)),
    });
  return {
    ...reached,
    lasting: keepSession(reached.session, async signal => (await reopen(signal)).session),
  };
}
