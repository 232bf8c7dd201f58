import { readFile } from 'node:fs/promises';
import type { ParsedKey } from 'ssh2';
import { errnoOf, OsError } from '../core/errors.ts';
import { readFileIfPresent } from '../state/atomic-file.ts';
import type { Authentication } from './authentication.ts';
import type { SigningKey } from './key-ring.ts';
import type { Ssh2 } from './library.ts';
import { parseOpenSshPrivateKey } from './openssh-private-key.ts';

const passphraseTries = 3;

function firstKey(parsed: ParsedKey | ParsedKey[] | Error): ParsedKey | undefined {
  if (parsed instanceof Error) return undefined;
  return Array.isArray(parsed) ? parsed[0] : parsed;
}

async function readText(file: string, isNamed: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!isNamed) return undefined;
    throw new OsError('usage', `cannot read the key ${file}: ${errnoOf(error) ?? 'it is not a file'}`, {
      cause: error,
    });
  }
}

/** The public half of the private key `text`, which may be encrypted. */
async function readPublicHalf(library: Ssh2, file: string, text: string): Promise<ParsedKey | undefined> {
  const parse = (data: string): ParsedKey | undefined => firstKey(library.utils.parseKey(data));
  const unencrypted = parse(text);
  if (unencrypted !== undefined) return unencrypted;
  const inside = parseOpenSshPrivateKey(text);
  if (inside !== undefined) return parse(`${inside.type} ${inside.publicBlob.toString('base64')}`);
  const beside = await readFileIfPresent(`${file}.pub`);
  return beside === undefined ? undefined : parse(beside);
}

/**
 * A private key on disk. undefined when there is none, or when it is encrypted and nobody can be asked; `note` says so.
 * Throws OsError `usage` for an unusable key that the user named.
 */
export async function readKeyFile(
  library: Ssh2,
  file: string,
  { askPassphrase, note }: Authentication,
  { isNamed }: { isNamed: boolean },
): Promise<SigningKey | undefined> {
  const text = await readText(file, isNamed);
  if (text === undefined) return undefined;
  const publicHalf = await readPublicHalf(library, file, text);
  if (publicHalf === undefined) {
    if (isNamed)
      throw new OsError('usage', `${file} is not a private SSH key`, { hint: 'name the key without .pub' });
    note(`skipping ${file}: it is not a key that can be read`);
    return undefined;
  }
  let key = firstKey(library.utils.parseKey(text));
  if (key === undefined && askPassphrase === undefined) {
    note(`skipping ${file}: it is encrypted, and there is no terminal to ask for its passphrase`);
    return undefined;
  }
  if (key?.isPrivateKey() === false) {
    if (isNamed)
      throw new OsError('usage', `${file} is a public key`, { hint: 'name the private one, without .pub' });
    return undefined;
  }
  return {
    public: publicHalf,
    async sign(data, { hash }) {
      for (let i = 0; key === undefined && i < passphraseTries; i++) {
        const passphrase = await askPassphrase?.(file);
        if (passphrase === undefined) break;
        key = firstKey(library.utils.parseKey(text, passphrase));
        if (key === undefined) note(`that is not the passphrase of ${file}`);
      }
      if (key === undefined) throw new OsError('auth-refused', `${file} stays locked`);
      return key.sign(data, hash);
    },
  };
}
