/**
 * `os network add` and `remove`: writes the files on the boot partition and in the state, and applies them by
 * NetworkManager.
 */
import { OsError } from '../../../core/errors.ts';
import { sanitizeLine } from '../../../core/sanitize.ts';
import { shellQuote } from '../../../core/shell-quote.ts';
import {
  readLiveConnections,
  stateConnections,
  type LiveConnection,
} from '../../../host/network/connections.ts';
import { findCertificates, findFormerCertificates } from '../../../host/network/certificates.ts';
import { formatKeyfile } from '../../../host/network/keyfile.ts';
import { profileMode, profilePlaces, removeOutcome } from '../../../host/network/plan-network.ts';
import type { NetworkProfile } from '../../../host/network/profile.ts';
import { toKeyfile } from '../../../host/network/to-keyfile.ts';
import { readFilesBefore } from '../../../host/undo/files-before.ts';
import { changeUnguarded, runGuarded, type NetworkDependencies } from './guarded-network.ts';
import type { HostDevice } from './open-host-device.ts';
import { namesOf, type TargetNames } from './open-host-target.ts';

export interface AddRequest {
  readonly profile: NetworkProfile;
  /** Further files that the profile names, such as certificates. */
  readonly files: readonly { readonly path: string; readonly content: Buffer }[];
  readonly isReplacing: boolean;
  readonly isActivated: boolean;
  readonly undoAfterS: number | undefined;
  /** Called if the connection to replace is active and the new one takes its place; throws if the person declines. */
  readonly confirm: (interfaceName: string) => Promise<void>;
}

export interface NetworkChanged extends TargetNames {
  readonly name: string;
  /** The interface that the connection is active on now. */
  readonly activeOn: string | null;
  /** Reason why it is not active although activation was requested, in the words of NetworkManager. */
  readonly problem: string | null;
  readonly reachedAt: string | null;
}

export const presentConnection = (where: string, name: string): OsError =>
  new OsError('usage', `${where} has a connection ${JSON.stringify(name)} already`, {
    hint: 'choose another name, or give --replace',
  });

export const missingConnection = (where: string, name: string): OsError =>
  new OsError('usage', `${where} has no connection ${JSON.stringify(name)}`, {
    hint: '`os network list` shows those that it has',
  });

const bare = (address: string): string => address.split('/', 1)[0] ?? '';

const requireLive = (live: readonly LiveConnection[] | undefined): readonly LiveConnection[] => {
  if (live === undefined)
    throw new OsError('host-refused', 'NetworkManager does not answer on the device', {
      hint: '`os services NetworkManager` shows its state',
    });
  return live;
};

const placesOf = (device: HostDevice, profile?: NetworkProfile): readonly string[] => [
  ...new Set([
    device.address,
    ...(device.host === null ? [] : [device.host]),
    ...[profile?.ipv4, profile?.ipv6].flatMap(ip => (ip?.fixed?.addresses ?? []).map(bare)),
  ]),
];

/** The connection of the file `name`, if it is active; undefined if not. */
const findActive = (live: readonly LiveConnection[], name: string): LiveConnection | undefined =>
  live.find(it => it.file === `${stateConnections}/${name}` && it.interfaceName !== '');

/** Throws OsErrors; if a file cannot be written, or NetworkManager does not accept the profile, all are as before. */
export async function addConnection(
  request: AddRequest,
  dependencies: NetworkDependencies,
): Promise<NetworkChanged> {
  const { profile, isActivated } = request;
  const { device, signal } = dependencies;
  const { files, commands } = device;
  const { name } = profile;
  const text = formatKeyfile(toKeyfile(profile));
  const places = profilePlaces(name);
  const options = { mode: profileMode, signal };
  const profiles = await readFilesBefore(files, places, options);
  if (!request.isReplacing && profiles.some(({ content }) => content !== undefined))
    throw presentConnection(device.name, name);
  const abandoned = await findFormerCertificates(files, name, { profiles, text }, signal);
  const certificates = [...request.files.map(({ path }) => path), ...abandoned];
  const before = [...(await readFilesBefore(files, certificates, options)), ...profiles];
  const live = requireLive(await readLiveConnections(commands, signal));
  const replaced = findActive(live, name);
  if (isActivated && replaced !== undefined) await request.confirm(replaced.interfaceName);
  const write = async (): Promise<LiveConnection> => {
    for (const file of request.files) await files.writeAtomically(file.path, file.content, options);
    for (const path of places) await files.writeAtomically(path, Buffer.from(text), options);
    for (const path of abandoned) await files.remove(path, { signal });
    const file = `${stateConnections}/${name}`;
    const loaded = await commands.run(`nmcli connection load ${shellQuote(file)}`, { signal });
    const found = requireLive(await readLiveConnections(commands, signal)).find(
      it => it.file === file || (it.file === '' && it.id === name),
    );
    if (found !== undefined) return found;
    throw new OsError(
      'host-refused',
      `NetworkManager does not accept the connection: ${sanitizeLine(loaded.stderr.trim())}`,
    );
  };
  const done = { ...namesOf(device), name, activeOn: null, problem: null, reachedAt: null };
  if (!isActivated) {
    await changeUnguarded(before, write, dependencies);
    return done;
  }
  let uuid = '';
  const { id, reachedAt, problem } = await runGuarded(
    before,
    { undoAfterS: request.undoAfterS, places: placesOf(device, profile) },
    live,
    async () => {
      ({ uuid } = await write());
      return `nmcli --wait 20 connection up uuid ${shellQuote(uuid)}`;
    },
    dependencies,
  );
  return {
    ...done,
    activeOn: problem === null ? await activeOn({ id, uuid, reachedAt }, dependencies) : null,
    problem,
    reachedAt,
  };
}

/** Returns the interface that a connection is active on, read at the device's current address. */
async function activeOn(
  { id, uuid, reachedAt }: { readonly id: string; readonly uuid: string; readonly reachedAt: string | null },
  { device, signal }: NetworkDependencies,
): Promise<string | null> {
  if (reachedAt === null) return null;
  await using again = await device.reopen(signal, reachedAt);
  await again.commands.run(removeOutcome(id), { signal });
  const live = await readLiveConnections(again.commands, signal);
  return live?.find(it => it.uuid === uuid)?.interfaceName ?? null;
}

export interface RemoveRequest {
  readonly name: string;
  readonly undoAfterS: number | undefined;
  /** Called if the connection is active; throws if the person declines. */
  readonly confirm: (interfaceName: string) => Promise<void>;
}

/** Removes a connection from the boot partition and from the state, with the certificates that are its alone. */
export async function removeConnection(
  request: RemoveRequest,
  dependencies: NetworkDependencies,
): Promise<NetworkChanged> {
  const { name } = request;
  const { device, signal } = dependencies;
  const { files, commands } = device;
  const places = profilePlaces(name);
  const profiles = await readFilesBefore(files, places, { mode: profileMode, signal });
  if (profiles.every(({ content }) => content === undefined)) throw missingConnection(device.name, name);
  const contents = profiles.map(({ content }) => content);
  const certificates = await findCertificates(files, name, contents, signal);
  // The profile first: it never names a file that is missing.
  const before = [
    ...profiles,
    ...(await readFilesBefore(files, certificates, { mode: profileMode, signal })),
  ];
  const live = requireLive(await readLiveConnections(commands, signal));
  const active = findActive(live, name);
  if (active !== undefined) await request.confirm(active.interfaceName);
  const remove = async (): Promise<void> => {
    for (const { path } of before) await files.remove(path, { signal });
  };
  const done = { ...namesOf(device), name, activeOn: null, problem: null };
  if (active === undefined) {
    await changeUnguarded(before, remove, dependencies);
    await commands.run('nmcli connection reload', { signal });
    return { ...done, reachedAt: null };
  }
  const { reachedAt, problem } = await runGuarded(
    before,
    { undoAfterS: request.undoAfterS, places: placesOf(device) },
    live,
    async () => {
      await remove();
      return 'nmcli connection reload';
    },
    dependencies,
  );
  return { ...done, problem, reachedAt };
}
