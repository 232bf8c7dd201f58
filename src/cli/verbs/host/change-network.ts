/**
 * `os network add` and `remove`: writes the files on the boot partition and in the state, and applies them by
 * NetworkManager.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import { OsError } from '../../../core/errors.ts';
import type { Mutable } from '../../../core/mutable.ts';
import { sanitizeLine } from '../../../core/sanitize.ts';
import { shellQuote } from '../../../core/shell-quote.ts';
import {
  readLiveConnections,
  stateConnections,
  type LiveConnection,
} from '../../../host/network/connections.ts';
import { findCertificates, findFormerCertificates } from '../../../host/network/certificates.ts';
import { formatKeyfile } from '../../../host/network/keyfile.ts';
import {
  detached,
  profileMode,
  profilePlaces,
  readOutcome,
  removeOutcome,
  restoreCommands,
} from '../../../host/network/plan-network.ts';
import type { NetworkProfile } from '../../../host/network/profile.ts';
import { toKeyfile } from '../../../host/network/to-keyfile.ts';
import { readFilesBefore, restoreFiles } from '../../../host/undo/files-before.ts';
import { guardChange, isLoss, type GuardEvent } from '../../../host/undo/guard-change.ts';
import type { FileBefore } from '../../../host/undo/undo-plan.ts';
import type { HostDevice } from './open-host-device.ts';
import { namesOf, type TargetNames } from './open-host-target.ts';

export interface NetworkDependencies {
  readonly device: HostDevice;
  readonly clock: Clock;
  readonly report: (event: GuardEvent) => void;
  readonly signal: AbortSignal;
}

export interface AddRequest {
  readonly profile: NetworkProfile;
  /** Further files that the profile names, such as certificates. */
  readonly files: readonly { readonly path: string; readonly content: Buffer }[];
  readonly isReplacing: boolean;
  readonly isActivated: boolean;
  readonly undoAfterS: number | undefined;
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

/** Progress of a change, for its guard. */
interface Progress {
  /** True while the device holds a part of the change. */
  readonly isWritten: boolean;
}

/** Makes a change of the files of `before`. If it fails by itself, puts them back. */
async function changeFiles(
  before: readonly FileBefore[],
  change: () => Promise<unknown>,
  { device, signal }: NetworkDependencies,
  progress: Mutable<Progress>,
): Promise<void> {
  progress.isWritten = true;
  try {
    await change();
  } catch (error) {
    if (isLoss(error)) throw error;
    progress.isWritten = !(await restoreFiles(device.files, before, signal));
    await device.commands.run('nmcli connection reload', { signal });
    throw error;
  }
}

/** The same without a guard: says so if the files cannot be put back. */
async function changeUnguarded(
  before: readonly FileBefore[],
  change: () => Promise<unknown>,
  dependencies: NetworkDependencies,
): Promise<void> {
  const progress = { isWritten: false };
  try {
    await changeFiles(before, change, dependencies, progress);
  } catch (error) {
    if (!isLoss(error) && progress.isWritten) dependencies.report({ type: 'failed' });
    throw error;
  }
}

/**
 * Makes a change that ends in a line of nmcli, which may cut the connection, with an undo on the device if one is
 * requested.
 */
async function runGuarded(
  before: readonly FileBefore[],
  request: { readonly undoAfterS: number | undefined; readonly places: readonly string[] },
  live: readonly LiveConnection[],
  change: () => Promise<string>,
  dependencies: NetworkDependencies,
): Promise<{ readonly id: string; readonly reachedAt: string | null; readonly problem: string | null }> {
  const { device, clock, report, signal } = dependencies;
  const id = randomBytes(5).toString('hex');
  let outcome = '';
  const isOver = async (commands: HostDevice['commands'], innerSignal: AbortSignal): Promise<boolean> => {
    const { status, stdout } = await commands.run(readOutcome(id), { signal: innerSignal });
    outcome = stdout;
    return status === 0;
  };
  const apply = async (): Promise<void> => {
    const line = await change();
    const { status, stderr } = await device.commands.run(detached(id, line), { signal });
    if (status !== 0)
      throw new OsError('host-refused', `the device runs nothing apart: ${sanitizeLine(stderr)}`);
  };
  let reachedAt: string | null = null;
  const progress = { isWritten: false };
  if (request.undoAfterS === undefined) await changeUnguarded(before, apply, dependencies);
  else
    reachedAt = await guardChange(
      {
        plan: {
          id,
          afterS: request.undoAfterS,
          files: before,
          commands: restoreCommands(live),
        },
        places: request.places,
        apply: () => changeFiles(before, apply, dependencies, progress),
        isWritten: () => progress.isWritten,
        isApplied: isOver,
      },
      {
        clock,
        commands: device.commands,
        reopen: (place, innerSignal) => device.reopen(innerSignal, place),
        report,
        signal,
      },
    );
  const [status = '', ...said] = outcome.trim().split('\n');
  const problem =
    status === '' || status === '0' ? null : sanitizeLine(said.at(-1) ?? '').replace(/^Error: /, '');
  return { id, reachedAt, problem };
}

const placesOf = (device: HostDevice, profile?: NetworkProfile): readonly string[] => [
  ...new Set([
    device.address,
    ...(device.host === null ? [] : [device.host]),
    ...[profile?.ipv4, profile?.ipv6].flatMap(ip => (ip?.fixed?.addresses ?? []).map(bare)),
  ]),
];

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
  const active = live.find(it => it.file === `${stateConnections}/${name}` && it.interfaceName !== '');
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
