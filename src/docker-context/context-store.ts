/**
 * Contexts of the docker client as it keeps them: `contexts/meta/<sha256 of the name>/meta.json` below `$DOCKER_CONFIG`, else
 * `~/.docker`, and the chosen one in `config.json` (docker/cli, cli/context/store). Ours are marked, and only those are replaced or
 * removed.
 */
import { createHash } from 'node:crypto';
import { readdir, readlink, realpath, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, OsError } from '../core/errors.ts';
import { jsonOf, textAt } from '../net/json-fields.ts';
import { readFileIfPresent, readMemory, writeFileAtomic } from '../state/atomic-file.ts';
import { explainFileFailure } from '../state/file-failure.ts';

/** The member of a context's metadata that says who made it and for what; docker keeps what it does not know. */
const mark = 'os-cli';

export interface DockerContext {
  readonly name: string;
  readonly description: string;
  /** `tcp://10.0.0.5:2375` or `unix:///…`. */
  readonly host: string;
  /** The device as it was reached. */
  readonly device: string;
  /** The name that a person typed, if any. */
  readonly named: string | undefined;
}

/** A context that is there. */
export interface FoundContext {
  readonly host: string | null;
  /** The device that we made it for; null: somebody else made it. */
  readonly device: string | null;
}

const fileOf = (directory: string, name: string): string =>
  path.join(
    directory,
    'contexts',
    'meta',
    createHash('sha256').update(name, 'utf8').digest('hex'),
    'meta.json',
  );

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;

const readText = (file: string): Promise<string | undefined> =>
  readFileIfPresent(file).catch((error: unknown) => {
    throw explainFileFailure(error, 'read', file);
  });

/** The context of that name below `directory`; undefined without one. */
export async function findContext(directory: string, name: string): Promise<FoundContext | undefined> {
  const text = await readText(fileOf(directory, name));
  if (text === undefined) return undefined;
  const context = jsonOf(text);
  return {
    host: textAt(memberOf(memberOf(context, 'Endpoints'), 'docker'), 'Host'),
    device: textAt(memberOf(memberOf(context, 'Metadata'), mark), 'device'),
  };
}

const refuseForeign = (name: string): OsError =>
  new OsError('usage', `the docker context ${name} was not made by os`, {
    hint: 'choose another name with --name, or remove it: docker context rm',
  });

/** The names of our contexts of a device, which `word` names as it was named before, or as it was reached. */
export async function findContextsOf(directory: string, word: string): Promise<string[]> {
  const folder = path.join(directory, 'contexts', 'meta');
  const entries = await readdir(folder).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  // One that cannot be read is none of ours to fail on.
  const texts = await Promise.all(entries.map(it => readMemory(path.join(folder, it, 'meta.json'))));
  return texts.flatMap(text => {
    const context = jsonOf(text ?? '');
    const ours = memberOf(memberOf(context, 'Metadata'), mark);
    const words = [textAt(ours, 'device'), textAt(ours, 'named')];
    const isMeant = words.some(it => it !== null && (it === word || it === `${word}.local`));
    return isMeant ? (textAt(context, 'Name') ?? []) : [];
  });
}

/** Makes the context, or replaces one that we made. Throws OsError `usage` where somebody else made it. Returns its file. */
export async function installContext(directory: string, context: DockerContext): Promise<string> {
  const { name, description, host, device, named } = context;
  const found = await findContext(directory, name);
  if (found?.device === null) throw refuseForeign(name);
  const meta = {
    Name: name,
    Metadata: { Description: description, [mark]: { device, named } },
    Endpoints: { docker: { Host: host, SkipTLSVerify: false } },
  };
  const file = fileOf(directory, name);
  await writeFileAtomic(file, JSON.stringify(meta), 0o644);
  return file;
}

const configFile = (directory: string): string => path.join(directory, 'config.json');

/** The context that `docker` uses by default; undefined: its default one. */
export async function readCurrentContext(directory: string): Promise<string | undefined> {
  const text = await readText(configFile(directory));
  return text === undefined ? undefined : (textAt(jsonOf(text), 'currentContext') ?? undefined);
}

/** Chooses a context, or the default one; every other setting stays. Throws OsError `state-unusable` for a file that is no JSON. */
export async function useContext(directory: string, name: string | undefined): Promise<void> {
  // A link is followed, as docker follows it; one that leads nowhere now is not replaced.
  const file = await realpath(configFile(directory)).catch(async (error: unknown) => {
    const link = await readlink(configFile(directory)).catch(() => undefined);
    if (errnoOf(error) === 'ENOENT' && link === undefined) return configFile(directory);
    throw explainFileFailure(error, 'read', configFile(directory));
  });
  const text = await readText(file);
  const config = text === undefined || text.trim() === '' ? {} : jsonOf(text);
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new OsError('state-unusable', `${file} is not valid JSON: it is left as it is`);
  const { currentContext: _, ...rest } = config as Record<string, unknown>;
  const changed = name === undefined ? rest : { ...rest, currentContext: name };
  // Its owner stays too, where root changes the file of another user.
  const before = text === undefined ? undefined : await stat(file);
  const mode = before === undefined ? 0o600 : before.mode & 0o777;
  // The docker client indents by tabs too.
  await writeFileAtomic(file, JSON.stringify(changed, null, '\t'), mode, before);
}

/**
 * Removes a context that we made; where it is the chosen one, the default one is chosen. False where there is none. Throws OsError
 * `usage` where somebody else made it.
 */
export async function removeContext(directory: string, name: string): Promise<boolean> {
  const found = await findContext(directory, name);
  if (found === undefined) return false;
  if (found.device === null) throw refuseForeign(name);
  if ((await readCurrentContext(directory)) === name) await useContext(directory, undefined);
  await rm(path.dirname(fileOf(directory, name)), { recursive: true, force: true });
  return true;
}
