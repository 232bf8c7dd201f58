/**
 * The connections of a device: profiles on the boot partition, those in its state, and NetworkManager's view of them.
 */
import { OsError } from '../../core/errors.ts';
import type { HostCommands } from '../host-commands.ts';
import type { HostFiles } from '../host-files.ts';
import { isIgnoredFile } from './check-connection-file.ts';
import { describeProfile, type ProfileFacts } from './describe-profile.ts';
import { parseKeyfile } from './keyfile.ts';

/** Copied to the state at each boot. */
export const bootConnections = '/mnt/boot/system-connections';
/** Read by NetworkManager. Outlasts a removal from the boot partition. */
export const stateConnections = '/etc/NetworkManager/system-connections';

/** A line of `nmcli connection show`. */
export interface LiveConnection {
  readonly id: string;
  readonly uuid: string;
  /** The interface that it is active on; empty if it is inactive. */
  readonly interfaceName: string;
  /** Empty if NetworkManager is too old to report it. */
  readonly file: string;
}

export interface Connection {
  /** Name of the connection's file. */
  readonly name: string;
  readonly isOnBoot: boolean;
  readonly isInState: boolean;
  /** True for a connection that is active without one of these files, e.g. the OS's own for a wired interface. */
  readonly isGenerated: boolean;
  /** True for a file that NetworkManager leaves alone, such as the sample. */
  readonly isIgnored: boolean;
  /** Null if the file is not a key file. */
  readonly facts: ProfileFacts | null;
  /** The interface that it is active on. */
  readonly activeOn: string | null;
}

/** True for interfaces of container engines, through which nobody reaches a device. */
export const isEngineInterface = (interfaceName: string): boolean =>
  interfaceName === '' || /^(?:lo|docker|br-|veth|balena|resin|supervisor)/.test(interfaceName);

/** Fields of a line of terse nmcli: separated by colons, with a backslash before those that are data. */
const splitTerse = (line: string): string[] =>
  Array.from(line.matchAll(/(?:^|:)((?:[^:\\]|\\.)*)/g), ([, field = '']) => field.replace(/\\(.)/g, '$1'));

/** Reads the connections that NetworkManager reports; undefined if it does not answer. */
export async function readLiveConnections(
  commands: HostCommands,
  signal: AbortSignal,
): Promise<readonly LiveConnection[] | undefined> {
  const { status, stdout } = await commands.run(
    'export LC_ALL=C.UTF-8; nmcli -t -f NAME,UUID,DEVICE,FILENAME connection show 2>/dev/null || nmcli -t -f NAME,UUID,DEVICE connection show',
    { signal },
  );
  if (status !== 0) return undefined;
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [id = '', uuid = '', interfaceName = '', file = ''] = splitTerse(line);
      return { id, uuid, interfaceName: interfaceName === '--' ? '' : interfaceName, file };
    });
}

function describe(text: string): ProfileFacts | null {
  try {
    return describeProfile(parseKeyfile(text));
  } catch (error) {
    if (error instanceof OsError) return null;
    throw error;
  }
}

const namesIn = async (files: HostFiles, directory: string, signal: AbortSignal): Promise<string[]> =>
  (await files.list(directory, { signal })).filter(({ kind }) => kind === 'file').map(({ name }) => name);

interface StoredFile {
  readonly connection: Connection;
  readonly text: string;
}

/** Certificates and keys are no connections of their own: a profile names them. */
const isPartOfAnother = ({ connection: { name, facts } }: StoredFile, all: readonly StoredFile[]): boolean =>
  facts === null && all.some(it => it.connection.facts !== null && it.text.includes(`/${name}`));

/**
 * Every profile of the boot partition and of the state, in the order of their names, and every other file there that no profile
 * names. An image has no commands to ask.
 */
export async function listConnections(
  { files, commands }: { readonly files: HostFiles; readonly commands?: HostCommands },
  signal: AbortSignal,
): Promise<readonly Connection[]> {
  const [onBoot, inState, live] = await Promise.all([
    namesIn(files, bootConnections, signal),
    namesIn(files, stateConnections, signal),
    commands === undefined ? undefined : readLiveConnections(commands, signal),
  ]);
  const names = [...new Set([...onBoot, ...inState])].sort();
  const generated = (live ?? [])
    .filter(it => !it.file.startsWith(`${stateConnections}/`) && !isEngineInterface(it.interfaceName))
    .map((it): Connection => ({
      name: it.id,
      isOnBoot: false,
      isInState: false,
      isGenerated: true,
      isIgnored: false,
      facts: null,
      activeOn: it.interfaceName,
    }));
  const stored = await Promise.all(
    names.map(async (name): Promise<StoredFile> => {
      const isInState = inState.includes(name);
      const file = `${isInState ? stateConnections : bootConnections}/${name}`;
      const active = live?.find(it => it.file === `${stateConnections}/${name}` && it.interfaceName !== '');
      const text = (await files.read(file, { signal }))?.toString('utf8') ?? '';
      const connection = {
        name,
        isOnBoot: onBoot.includes(name),
        isInState,
        isGenerated: false,
        isIgnored: isIgnoredFile(name),
        facts: describe(text),
        activeOn: active?.interfaceName ?? null,
      };
      return { connection, text };
    }),
  );
  const own = stored.filter(it => !isPartOfAnother(it, stored));
  return [...own.map(({ connection }) => connection), ...generated];
}

/**
 * Returns the text of a profile: NetworkManager's copy, else that of the boot partition. Undefined if there is none.
 */
export async function readProfileText(
  files: HostFiles,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const state = await files.read(`${stateConnections}/${name}`, { signal });
  const content = state ?? (await files.read(`${bootConnections}/${name}`, { signal }));
  return content?.toString('utf8');
}
