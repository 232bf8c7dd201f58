import { addressAndPort } from '../../core/address.ts';
import { OsError } from '../../core/errors.ts';
import { readFileIfPresent, writeFileAtomic } from '../../state/atomic-file.ts';
import { explainFileFailure, isFileFailure } from '../../state/file-failure.ts';
import { openLock } from '../../state/lock.ts';
import {
  addKnownHost,
  findKnownHosts,
  fingerprintOf,
  keyTypeOf,
  removeKnownHost,
  type KnownHost,
} from './known-hosts.ts';

/** Decides whether a server may be the device it is taken for. */
export interface HostKeyPolicy {
  /** Reads the stored keys of the device `name`, before it is dialled. Throws OsError `state-unusable`. */
  read(name: string): Promise<KnownHostKeys>;
}

/** Stored keys of one device. */
export interface KnownHostKeys {
  /** The types of the known keys: the client requests one of these first. */
  readonly types: readonly string[];
  /**
   * Accepts `key` (wire form) by returning, at once: an SSH connection cannot wait for an answer. Throws OsError
   * `host-key-changed`.
   */
  verify(key: Buffer): void;
  /** Remembers a key that was accepted. Throws OsError `host-key-changed` where another was remembered meanwhile. */
  remember(key: Buffer): Promise<void>;
}

const lockWaitMs = 5000;

/** Keys that this process accepted and could not store, in the format of known_hosts, by file. It accepts no others later. */
const unstored = new Map<string, string>();

function changeUnstored(file: string, change: (text: string) => string): void {
  unstored.set(file, change(unstored.get(file) ?? ''));
}

const removeNames = (text: string, names: readonly string[]): string => names.reduce(removeKnownHost, text);

/**
 * Reads the file of known keys; empty without one. Throws OsError `state-unusable`: no key is trusted if the file
 * cannot be read.
 */
export async function readHostKeys(file: string): Promise<string> {
  try {
    return (await readFileIfPresent(file)) ?? '';
  } catch (error) {
    throw explainFileFailure(error, 'read', file);
  }
}

/** Replaces the text of `file` by `change(text)` under a lock; returns true if it changed. */
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

/** The device behind `name` of known_hosts, as a person names it: with its port, and brackets around IPv6 alone. */
function deviceOf(name: string): string {
  const [, host = name, port = '22'] = /^\[(.*)\]:(\d+)$/.exec(name) ?? [];
  return addressAndPort(host, port);
}

function keyChanged(name: string, key: Buffer): OsError {
  return new OsError(
    'host-key-changed',
    `${name} shows another SSH host key than before (now ${fingerprintOf(key)}).\n` +
      'A device that was reset or flashed has a new key; so has another device at its address, or an attacker.',
    { hint: `if you reset or flashed it, forget the old key: os ssh --forget ${deviceOf(name)}` },
  );
}

function keyRevoked(name: string, key: Buffer): OsError {
  return new OsError(
    'host-key-changed',
    `${name} shows an SSH host key that is revoked (${fingerprintOf(key)})`,
  );
}

/**
 * Trust on first use: a key is stored in `file` when its name is seen first (`onTrusted` is called), and must be the
 * same from then on. If `file` cannot be written (`failure`), the key is trusted, and no other one, until this process ends.
 */
export function trustOnFirstUse(options: {
  readonly file: string;
  readonly onTrusted: (trusted: {
    readonly name: string;
    readonly fingerprint: string;
    readonly failure: OsError | undefined;
  }) => void;
}): HostKeyPolicy {
  const { file, onTrusted } = options;

  const findKnown = (text: string, name: string): KnownHost[] =>
    [text, unstored.get(file) ?? ''].flatMap(it => findKnownHosts(it, name));

  /** True if `key` is known; throws if it must not be trusted. */
  function isKnown(text: string, name: string, key: Buffer): boolean {
    const known = findKnown(text, name);
    const same = known.filter(each => each.key === key.toString('base64'));
    if (same.some(each => each.isRevoked)) throw keyRevoked(name, key);
    if (same.length > 0) return true;
    if (known.some(each => !each.isRevoked)) throw keyChanged(name, key);
    return false;
  }

  return {
    async read(name) {
      const text = await readHostKeys(file);
      return {
        types: findKnown(text, name)
          .filter(each => !each.isRevoked)
          .map(each => each.type),
        verify(key) {
          if (keyTypeOf(key) === '') throw keyChanged(name, key);
          isKnown(text, name, key);
        },
        async remember(key) {
          if (isKnown(text, name, key)) return;
          let failure: OsError | undefined;
          // Another process may have stored the key meanwhile.
          const isNew = await rewrite(file, now =>
            isKnown(now, name, key) ? now : addKnownHost(now, name, key),
          ).catch((error: unknown) => {
            if (!isFileFailure(error)) throw error;
            failure = error;
            if (isKnown(text, name, key)) return false;
            changeUnstored(file, now => addKnownHost(now, name, key));
            return true;
          });
          if (isNew) onTrusted({ name, fingerprint: fingerprintOf(key), failure });
        },
      };
    },
  };
}

/** A policy that stores no key by itself. */
export interface LateTrust extends HostKeyPolicy {
  /** Stores the key that was accepted, under `name`, in place of those known for it and for `formerNames`. */
  trust(name: string, formerNames: readonly string[]): Promise<void>;
}

/** Accepts any one key that is not revoked, for a device that has to prove itself by something else before `trust`. */
export function trustOnProof(file: string): LateTrust {
  let accepted: Buffer | undefined;
  return {
    async read(name) {
      const known = findKnownHosts(await readHostKeys(file), name);
      return {
        types: [],
        verify(key) {
          if (keyTypeOf(key) === '') throw keyChanged(name, key);
          if (known.some(each => each.isRevoked && each.key === key.toString('base64')))
            throw keyRevoked(name, key);
        },
        remember(key) {
          accepted = key;
          return Promise.resolve();
        },
      };
    },
    async trust(name, formerNames) {
      const key = accepted;
      if (key === undefined) throw new TypeError('no key was accepted');
      await rewrite(file, text => addKnownHost(removeNames(text, [name, ...formerNames]), name, key));
      changeUnstored(file, text => removeNames(text, [name, ...formerNames]));
    },
  };
}

/** Forgets the keys of every one of `names`; returns true if there were any. */
export async function forgetHostKeys(file: string, names: readonly string[]): Promise<boolean> {
  const isForgotten = await rewrite(file, text => removeNames(text, names));
  changeUnstored(file, text => removeNames(text, names));
  return isForgotten;
}
