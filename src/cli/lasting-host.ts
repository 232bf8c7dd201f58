/** A root session that is opened again when it is lost, as it was opened the first time, and with nobody asked. */
import type { DeviceTarget } from '../device/target.ts';
import { keepSession, type LastingSession } from '../ssh/lasting-session.ts';
import { reachHost, type ReachedHost } from './reach-host.ts';
import { askPerson, type SessionOptions } from './ssh-session.ts';

export interface LastingHost extends ReachedHost {
  readonly lasting: LastingSession;
}

/** Throws what `reachHost` throws, as `lasting` does later. */
export async function reachLastingHost(target: DeviceTarget, options: SessionOptions): Promise<LastingHost> {
  const ask = askPerson(options.signal);
  /** What a person has said, by key file. */
  const passphrases = new Map<string, string | undefined>();
  const reached = await reachHost(target, {
    ...options,
    askPassphrase:
      ask &&
      (async keyFile => {
        const passphrase = await ask(keyFile);
        passphrases.set(keyFile, passphrase);
        return passphrase;
      }),
  });
  const again: SessionOptions = {
    ...options,
    output: { ...options.output, isQuiet: true },
    askPassphrase: keyFile => Promise.resolve(passphrases.get(keyFile)),
  };
  return {
    ...reached,
    lasting: keepSession(
      reached.session,
      async signal => (await reachHost(target, { ...again, signal })).session,
    ),
  };
}
