/** The registry logins of this user's docker configuration, its helpers included. They go to the device's engine alone. */
import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { errnoOf, messageOf } from '../core/errors.ts';
import type { RegistryLogin } from '../engine/engine.ts';
import { findLogin, registryOf } from '../release/registry-name.ts';
import { readFileIfPresent } from '../state/atomic-file.ts';

interface DockerConfig {
  auths?: Record<string, { auth?: string; identitytoken?: string }>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

/** `auth` is `user:password` in base64. */
function loginsInFile({ auths = {} }: DockerConfig): Record<string, RegistryLogin> {
  const logins = Object.entries(auths).flatMap(
    ([serveraddress, { auth, identitytoken }]): [string, RegistryLogin][] => {
      const [username, ...password] = Buffer.from(auth ?? '', 'base64')
        .toString('utf8')
        .split(':');
      if (identitytoken) return [[serveraddress, { identitytoken, serveraddress }]];
      if (!username) return [];
      return [[serveraddress, { username, password: password.join(':'), serveraddress }]];
    },
  );
  return Object.fromEntries(logins);
}

/** Asks `docker-credential-HELPER get`; undefined when it is not there or knows nothing of `registry`. */
async function askHelper(helper: string, registry: string): Promise<RegistryLogin | undefined> {
  const child = spawn(`docker-credential-${helper}`, ['get'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const failed = new Promise<undefined>(resolve => child.once('error', () => resolve(undefined)));
  child.stdin.on('error', () => undefined).end(registry);
  try {
    const answer = await Promise.any([text(child.stdout), failed.then(() => '')]);
    const { Username, Secret } = JSON.parse(answer) as { Username?: string; Secret?: string };
    if (!Username || !Secret) return undefined;
    return Username === '<token>'
      ? { identitytoken: Secret, serveraddress: registry }
      : { username: Username, password: Secret, serveraddress: registry };
  } catch {
    return undefined;
  }
}

/** The logins for the registries that `references` lead to. `note` is told of a configuration that cannot be read. */
export async function readDockerLogins(
  references: readonly string[],
  note: (text: string) => void,
): Promise<Record<string, RegistryLogin>> {
  const directory = process.env['DOCKER_CONFIG'] ?? path.join(homedir(), '.docker');
  const file = path.join(directory, 'config.json');
  let config: DockerConfig;
  try {
    config = JSON.parse((await readFileIfPresent(file)) ?? '{}') as DockerConfig;
  } catch (error) {
    note(`registry logins are not used: cannot read ${file}: ${errnoOf(error) ?? messageOf(error)}`);
    return {};
  }
  const inFile = loginsInFile(config);
  const logins: Record<string, RegistryLogin> = {};
  for (const reference of references) {
    const registry = registryOf(reference);
    const helper = config.credHelpers?.[registry] ?? config.credsStore;
    const login = helper === undefined ? findLogin(inFile, reference) : await askHelper(helper, registry);
    if (login !== undefined) logins[registry] = login;
  }
  return logins;
}
