/** The registry logins of this user: those of a file first, then Docker's configuration. They go to the device's engine alone. */
import path from 'node:path';
import { errnoOf } from '../core/errors.ts';
import type { RegistryLogin } from '../engine/engine.ts';
import { fieldAt, textAt } from '../net/json-fields.ts';
import { dockerDirectory } from './docker-directory.ts';
import { findLogin, hostOf, registryOf } from './registry-name.ts';
import { readFileIfPresent } from '../state/atomic-file.ts';
import { askCredentialHelper, type HelperOptions } from './credential-helper.ts';

/** Returns the login in an entry of docker's configuration for a registry; its `auth` is `user:password` in base64. */
function loginOf(serveraddress: string, stored: unknown): RegistryLogin | undefined {
  const identitytoken = textAt(stored, 'identitytoken');
  if (identitytoken !== null) return { identitytoken, serveraddress };
  const auth = Buffer.from(textAt(stored, 'auth') ?? '', 'base64').toString('utf8');
  const [username, ...password] = auth.split(':');
  if (username) return { username, password: password.join(':'), serveraddress };
  const plain = textAt(stored, 'username');
  if (plain === null) return undefined;
  return { username: plain, password: textAt(stored, 'password') ?? '', serveraddress };
}

/** Docker's configuration. Other programs write it too, so that its values may be of any kind. */
async function readConfig(note: (text: string) => void): Promise<unknown> {
  const file = path.join(dockerDirectory(), 'config.json');
  try {
    return JSON.parse((await readFileIfPresent(file)) ?? '{}') as unknown;
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
  const config = isAllGiven ? {} : await readConfig(options.note);
  const helpers = fieldAt(config, 'credHelpers');
  const stored = Object.entries(fieldAt(config, 'auths') ?? {}).flatMap(
    ([name, auth]: [string, unknown]): [string, RegistryLogin][] => {
      const login = loginOf(name, auth);
      return login === undefined ? [] : [[name, login]];
    },
  );
  const find = async (registry: string, reference: string): Promise<RegistryLogin | undefined> => {
    const helper = [
      fieldAt(helpers, registry),
      fieldAt(helpers, hostOf(registry)),
      fieldAt(config, 'credsStore'),
    ].find(it => typeof it === 'string');
    // An empty one means the file, as for docker.
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
