import { OsError } from '../core/errors.ts';
import { readFileIfPresent, writeFileAtomic } from '../state/atomic-file.ts';
import { explainFileFailure, isFileFailure } from '../state/file-failure.ts';
import { openLock } from '../state/lock.ts';
import { addKnownHost, findKnownHosts, fingerprintOf, keyTypeOf, removeKnownHost } from './known-hosts.ts';

/** Decides whether a server may be the device it is taken for. */
export interface HostKeyPolicy {
  /** The types of the keys known for `name`: the server is asked for one of these first. */
  knownTypes(name: string): Promise<string[]>;
  /** Accepts `key` (wire form) for `name` by returning. Throws OsError `host-key-changed`. */
  check(name: string, key: Buffer): Promise<void>;
}

const lockWaitMs = 5000;

/** The text of the file of known keys; empty without one. Throws OsError `state-unusable`: nobody is trusted unread. */
export async function readHostKeys(file: string): Promise<string> {
  try {
    return (await readFileIfPresent(file)) ?? '';
  } catch (error) {
    throw explainFileFailure(error, 'read', file);
  }
}

/** Replaces the text of `file` by `change(text)`, alone; says whether it changed. */
async function rewrite(file: string, change: (text: string) => string): Promise<boolean> {
  const lock = await openLock(`${file}.lock`, { what: 'the known SSH host keys', waitMs: lockWaitMs });
  try {
    const before = await readHostKeys(file);
    const after = change(before);
    if (after !== before) await writeFileAtomic(file, after);
    return after !== before;
  } finally {
    await lock[Symbol.asyncDispose]();
  }
}

function keyChanged(name: string, key: Buffer): OsError {
  return new OsError(
    'host-key-changed',
    `${name} shows another SSH host key than before (now ${fingerprintOf(key)}).\n` +
      'A device that was reset or flashed anew has a new key; so has another device at its address, or an attacker.',
    { hint: 'if you reset or flashed it, forget the old key: os ssh --forget DEVICE' },
  );
}

function keyRevoked(name: string, key: Buffer): OsError {
  return new OsError(
    'host-key-changed',
    `${name} shows an SSH host key that is revoked (${fingerprintOf(key)})`,
  );
}

/**
 * Trust on first use: a key is remembered in `file` when its name is seen first (`onTrusted` tells), and must be the
 * same from then on. A further key of a known device must be of a type not known yet. Where `file` cannot be written
 * (`failure`), a key is trusted for this once.
 */
export function trustOnFirstUse(options: {
  file: string;
  onTrusted: (trusted: { name: string; fingerprint: string; failure: OsError | undefined }) => void;
}): HostKeyPolicy {
  const { file, onTrusted } = options;

  /** Whether `key` is known; throws when it must not be trusted. */
  function isKnown(text: string, name: string, key: Buffer): boolean {
    const known = findKnownHosts(text, name);
    const same = known.filter(each => each.key === key.toString('base64'));
    if (same.some(each => each.isRevoked)) throw keyRevoked(name, key);
    if (same.length > 0) return true;
    if (known.some(each => !each.isRevoked)) throw keyChanged(name, key);
    return false;
  }

  return {
    async knownTypes(name) {
      const known = findKnownHosts(await readHostKeys(file), name);
      return known.filter(each => !each.isRevoked).map(each => each.type);
    },
    async check(name, key) {
      if (keyTypeOf(key) === '') throw keyChanged(name, key);
      if (isKnown(await readHostKeys(file), name, key)) return;
      let failure: OsError | undefined;
      // Another process may have met the device meanwhile.
      const isNew = await rewrite(file, text =>
        isKnown(text, name, key) ? text : addKnownHost(text, name, key),
      ).catch((error: unknown) => {
        if (!isFileFailure(error)) throw error;
        failure = error;
        return true;
      });
      if (isNew) onTrusted({ name, fingerprint: fingerprintOf(key), failure });
    },
  };
}

/** Forgets the keys of every one of `names`; says whether there were any. */
export function forgetHostKeys(file: string, names: readonly string[]): Promise<boolean> {
  return rewrite(file, text => names.reduce(removeKnownHost, text));
}
