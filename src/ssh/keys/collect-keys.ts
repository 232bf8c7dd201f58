import type { BaseAgent, ParsedKey } from 'ssh2';
import type { Authentication } from './authentication.ts';
import type { SigningKey } from './key-ring.ts';
import type { Ssh2 } from '../library.ts';
import { readKeyFile } from './key-file.ts';

async function readAgentKeys(library: Ssh2, socket: string): Promise<SigningKey[]> {
  const agent = library.createAgent(socket) as BaseAgent<ParsedKey>;
  const keys = await new Promise<ParsedKey[]>(resolve => {
    // A missing or broken agent is ignored: other keys may work.
    agent.getIdentities((error, found) => resolve(error ? [] : ((found ?? []) as ParsedKey[])));
  });
  return keys.map(key => ({
    public: key,
    sign: (data, options) =>
      new Promise((resolve, reject) => {
        agent.sign(key, data, options, (error, signature) => {
          if (signature === undefined) reject(error ?? new Error('the agent does not sign'));
          else resolve(signature);
        });
      }),
  }));
}

const isSameKey = (a: SigningKey, b: SigningKey): boolean =>
  a.public.getPublicSSH().equals(b.public.getPublicSSH());

/**
 * The keys to offer, at most `places`: the named one, the agent's, the user's files. An agent with many keys leaves
 * room for the files, and offers the keys that are also files first.
 */
export async function collectKeys(
  library: Ssh2,
  authentication: Authentication,
  places: number,
): Promise<SigningKey[]> {
  const { identityFile, agentSocket, keyFiles } = authentication;
  // A person who named a key gets notes about that key alone.
  const others = identityFile === undefined ? authentication : { ...authentication, note: () => undefined };
  const identity =
    identityFile === undefined
      ? undefined
      : await readKeyFile(library, identityFile, authentication, { isNamed: true });
  const agentKeys = agentSocket === undefined ? [] : await readAgentKeys(library, agentSocket);
  const files: SigningKey[] = [];
  for (const file of keyFiles) {
    const key = await readKeyFile(library, file, others, { isNamed: false });
    if (key !== undefined) files.push(key);
  }
  return chooseKeys({ identity, agentKeys, files, places, note: others.note });
}

/** The order of {@link collectKeys}, without its reading. */
export function chooseKeys(found: {
  readonly identity: SigningKey | undefined;
  readonly agentKeys: readonly SigningKey[];
  readonly files: readonly SigningKey[];
  readonly places: number;
  readonly note: (text: string) => void;
}): SigningKey[] {
  const { identity, places } = found;
  const isFile = (key: SigningKey): boolean => found.files.some(file => isSameKey(file, key));
  const chosen = identity === undefined ? [] : [identity];
  // The agent signs without a prompt, so a named key that it also has is signed there.
  const held = identity && found.agentKeys.find(key => isSameKey(key, identity));
  if (held !== undefined) chosen[0] = held;
  const isNew = (key: SigningKey): boolean => !chosen.some(other => isSameKey(other, key));
  const agentKeys = [
    ...found.agentKeys.filter(isFile),
    ...found.agentKeys.filter(key => !isFile(key)),
  ].filter(isNew);
  const files = found.files.filter(file => isNew(file) && !agentKeys.some(key => isSameKey(key, file)));
  const room = Math.max(0, places - chosen.length - files.length);
  if (agentKeys.length > room)
    found.note(
      `the SSH agent holds ${agentKeys.length.toString()} keys, of which the first ${room.toString()} are offered: name the right one with --identity`,
    );
  return [...chosen, ...agentKeys.slice(0, room), ...files].slice(0, places);
}
