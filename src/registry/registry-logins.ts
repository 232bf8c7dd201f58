/** The registry logins of this user: those of a file first, then Docker's configuration. They go to the device's engine alone. */
import path from 'node:path';
import { errnoOf } from '../core/errors.ts';
import type { RegistryLogin } from '../engine/engine.ts';
import { dockerDirectory } from './docker-directory.ts';
import { findLogin, hostOf, registryOf } from './registry-name.ts';
import { readFileIfPresent } from '../state/atomic-file.ts';
import { askCredentialHelper, type HelperOptions } from './credential-helper.ts';

interface DockerAuth {
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly username?: string;
  readonly password?: string;
}

interface DockerConfig {
  readonly auths?: Record<string, DockerAuth>;
  readonly credHelpers?: Record<string, string>;
  readonly credsStore?: string;
}

/** `auth` is `user:password` in base64. */
function loginOf(
  serveraddress: string,
  { auth, identitytoken, ...plain }: DockerAuth,
): RegistryLogin | undefined {
  if (identitytoken) return { identitytoken, serveraddress };
  const [username, ...password] = Buffer.from(auth ?? '', 'base64')
    .toString('utf8')
    .split(':');
  if (username) return { username, password: password.join(':'), serveraddress };
  if (plain.username) return { username: plain.username, password: plain.password ?? '', serveraddress };
  return undefined;
}

async function readConfig(note: (text: string) => void): Promise<DockerConfig> {
  const file = path.join(dockerDirectory(), 'config.json');
  try {
    const config: unknown = JSON.parse((await readFileIfPresent(file)) ?? '{}');
    return typeof config === 'object' && config !== null ? config : {};
  } catch (error) {
    // The parser's message would quote the file.
    const why = error instanceof SyntaxError ? 'it is not JSON' : (errnoOf(error) ?? 'unknown error');
    note(`registry logins are not used: cannot read ${file}: ${why}`);
    return {};
  }
}

export interface LoginSources extends HelperOptions {
  /** By registry. */
  readonly secrets: Readonly<Record<string, RegistryLogin>>;
}

/** The logins for the registries that `references` lead to, and for no other. */
export async function readRegistryLogins(
  references: readonly string[],
  { secrets, ...options }: LoginSources,
): Promise<Record<string, RegistryLogin>> {
  const byRegistry = new Map(references.map(reference => [registryOf(reference), reference]));
  const given = new Map(
    [...byRegistry].map(([registry, reference]) => [registry, findLogin(secrets, reference)]),
  );
  const isAllGiven = [...given.values()].every(login => login !== undefined);
  const { auths = {}, credHelpers = {}, credsStore } = isAllGiven ? {} : await readConfig(options.note);
  const stored = Object.entries(auths).flatMap(([name, auth]): [string, RegistryLogin][] => {
    const login = loginOf(name, auth);
    return login === undefined ? [] : [[name, login]];
  });
  const find = async (registry: string, reference: string): Promise<RegistryLogin | undefined> => {
    const helper = credHelpers[registry] ?? credHelpers[hostOf(registry)] ?? credsStore;
    const kept =
      helper === undefined || helper === ''
        ? undefined
        : await askCredentialHelper(helper, registry, options);
    return kept ?? findLogin(Object.fromEntries(stored), reference);
  };
  const logins: Record<string, RegistryLogin> = {};
  await Promise.all(
    [...byRegistry].map(async ([registry, reference]) => {
      const login = given.get(registry) ?? (await find(registry, reference));
      if (login !== undefined) logins[registry] = { ...login, serveraddress: registry };
    }),
  );
  return logins;
}
