import type { ParsedKey } from 'ssh2';
import { OsError } from '../../core/errors.ts';
import { readFileIfPresent } from '../../state/atomic-file.ts';
import { readGivenFile } from '../../state/given-file.ts';
import type { Authentication } from './authentication.ts';
import type { SigningKey } from './key-ring.ts';
import type { Ssh2 } from '../library.ts';
import { openPrivateKey, readKeyText, readPublicKey } from './private-key.ts';

const passphraseTries = 3;

/** A key file that is being read, and the callbacks for notes and prompts about it. */
interface KeyFile {
  readonly library: Ssh2;
  readonly file: string;
  readonly text: string;
  readonly authentication: Authentication;
}

async function readText(file: string, isNamed: boolean): Promise<string | undefined> {
  try {
    return (await readGivenFile(file, { what: 'the key' })).toString('utf8');
  } catch (error) {
    if (!isNamed) return undefined;
    throw error;
  }
}

/** Prompts for the passphrase until it decrypts the key. undefined if the user declines, or fails too often. */
async function unlock({ library, file, text, authentication }: KeyFile): Promise<ParsedKey | undefined> {
  for (let i = 0; i < passphraseTries; i++) {
    const passphrase = await authentication.askPassphrase?.(file);
    if (passphrase === undefined) return undefined;
    const key = openPrivateKey(library, text, passphrase);
    if (key !== undefined) return key;
    authentication.note(`that is not the passphrase of ${file}`);
  }
  return undefined;
}

const signWith = (key: ParsedKey, data: Buffer, hash: string | undefined): Buffer => key.sign(data, hash);

/** Reads an encrypted key. Prompts for its passphrase once the server accepts its public half, if that can be read. */
async function readLockedKey(locked: KeyFile, isNamed: boolean): Promise<SigningKey | undefined> {
  const { library, file, text, authentication } = locked;
  const { note } = authentication;
  if (authentication.askPassphrase === undefined) {
    note(`skipping ${file}: it is encrypted, and there is no terminal to ask for its passphrase`);
    return undefined;
  }
  const beside = await readFileIfPresent(`${file}.pub`).catch(() => undefined);
  const publicHalf =
    readPublicKey(library, text) ?? (beside === undefined ? undefined : readPublicKey(library, beside));
  if (publicHalf === undefined && !isNamed) {
    note(`skipping ${file}: it is encrypted, and its public half is not in ${file}.pub`);
    return undefined;
  }
  let key = publicHalf === undefined ? await unlock(locked) : undefined;
  const shown = publicHalf ?? key;
  if (shown === undefined) return undefined;
  return {
    public: shown,
    async sign(data, { hash }) {
      key ??= await unlock(locked);
      if (key === undefined) throw new OsError('auth-refused', `${file} stays locked`);
      return signWith(key, data, hash);
    },
  };
}

/**
 * Reads a private key on disk. undefined when there is none, or it cannot be used; `note` receives the reason. Throws
 * OsError `usage` for a file that the user named and that contains no usable key.
 */
export async function readKeyFile(
  library: Ssh2,
  file: string,
  authentication: Authentication,
  { isNamed }: { readonly isNamed: boolean },
): Promise<SigningKey | undefined> {
  const text = await readText(file, isNamed);
  if (text === undefined) return undefined;
  const skip = (why: string, hint: string): void => {
    if (isNamed) throw new OsError('usage', `${file} ${why}`, { hint });
    authentication.note(`skipping ${file}: it ${why}`);
  };
  const read = readKeyText(library, text);
  switch (read.kind) {
    case 'private':
      return {
        public: read.key,
        sign: (data, { hash }) => Promise.resolve(signWith(read.key, data, hash)),
      };
    case 'locked':
      return readLockedKey({ library, file, text, authentication }, isNamed);
    case 'public':
      if (isNamed) skip('is a public key', 'name the private one, without .pub');
      return undefined;
    case 'unsupported':
      skip(`is a key of type ${read.type}, which only an SSH agent can use here`, 'add it with ssh-add');
      return undefined;
    case 'no-key':
      skip('is not a private SSH key', 'name the key without .pub');
      return undefined;
  }
}
