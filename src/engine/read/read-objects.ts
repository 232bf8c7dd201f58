/** Converts the engine's JSON to this program's types. Fields that old engines omit get the equivalent value. */
import { ipVersionOf } from '../../net/ip-version.ts';
import { textOf } from './json-messages.ts';
import type Docker from 'dockerode';
import type {
  ContainerDetails,
  ContainerState,
  ContainerSummary,
  HistoryEntry,
  Health,
  ImageDetails,
  ImageSummary,
  NetworkSummary,
  VolumeSummary,
} from '../objects.ts';

/** The engine's JSON may lack members of its types: old engines have fewer, and empty lists are null. */
type Loose<T> = { [K in keyof T]?: T[K] | null };

const labelsOf = (labels: Record<string, string> | null | undefined): Readonly<Record<string, string>> =>
  labels ?? {};

const withoutSlash = (name: string | undefined): string => (name ?? '').replace(/^\//, '');

const listOf = (value: string | string[] | null | undefined): string[] =>
  typeof value === 'string' ? [value] : (value ?? []);

/** IPv4 addresses, then IPv6 ones. The engine reports an empty text where there is none. */
const addressesOf = (
  networks: readonly (Partial<Pick<Docker.NetworkInfo, 'IPAddress' | 'GlobalIPv6Address'>> | null)[],
): string[] =>
  [
    ...networks.map(network => network?.IPAddress),
    ...networks.map(network => network?.GlobalIPv6Address),
  ].filter(address => address !== undefined && ipVersionOf(address) !== 0) as string[];

export function toContainerSummary(it: Docker.ContainerInfo): ContainerSummary {
  const { Names, Ports, Mounts, NetworkSettings, Labels } = it as Loose<Docker.ContainerInfo>;
  return {
    id: it.Id,
    // A linked container has other names with further slashes in them.
    name: withoutSlash(Names?.find(name => name.lastIndexOf('/') === 0)),
    image: it.Image,
    imageId: it.ImageID,
    labels: labelsOf(Labels),
    state: it.State as ContainerState,
    status: it.Status,
    createdS: it.Created,
    ports: (Ports ?? []).map(port => {
      const { PublicPort = null, IP = null } = port as Partial<Docker.Port>;
      return { privatePort: port.PrivatePort, publicPort: PublicPort, address: IP, protocol: port.Type };
    }),
    mounts: (Mounts ?? []).map(({ Type, Name, Destination }) => ({
      type: Type,
      name: Name ?? null,
      destination: Destination,
    })),
    networks: Object.keys(NetworkSettings?.Networks ?? {}),
    networkMode: (it.HostConfig as { readonly NetworkMode?: string } | undefined)?.NetworkMode ?? '',
    addresses: addressesOf(Object.values(NetworkSettings?.Networks ?? {})),
  };
}

const environmentOf = (lines: readonly string[] | null | undefined): Record<string, string> =>
  Object.fromEntries(
    (lines ?? []).map(line => {
      const [name = '', ...value] = line.split('=');
      return [name, value.join('=')];
    }),
  );

export function toContainerDetails(it: Docker.ContainerInspectInfo): ContainerDetails {
  const { State, Config } = it;
  const { Mounts, HostConfig } = it as Loose<Docker.ContainerInspectInfo>;
  const { StopTimeout } = Config as { readonly StopTimeout?: number | null };
  const { Tmpfs } = (HostConfig ?? {}) as { readonly Tmpfs?: object | null };
  const health = State.Health;
  return {
    id: it.Id,
    name: withoutSlash(it.Name),
    state: State.Status as ContainerState,
    exitCode: State.ExitCode,
    isOomKilled: State.OOMKilled,
    error: State.Error,
    restartCount: it.RestartCount,
    createdAt: it.Created,
    startedAt: State.StartedAt,
    health: health === undefined || health.Status === 'none' ? null : (health.Status as Health),
    healthOutput: (health?.Log as { readonly Output: string }[] | undefined)?.at(-1)?.Output ?? '',
    isTty: Config.Tty,
    stopTimeoutS: StopTimeout ?? null,
    environment: environmentOf(Config.Env),
    user: Config.User,
    labels: labelsOf(Config.Labels),
    mounts: [
      ...(Mounts ?? []).map(({ Type, Destination }) => ({ type: Type, path: Destination })),
      ...Object.keys(Tmpfs ?? {}).map(path => ({ type: 'tmpfs', path })),
    ],
  };
}

export function toImageDetails(it: Docker.ImageInspectInfo): ImageDetails {
  const config = it.Config as Loose<Docker.ImageInspectInfo['Config']> | null;
  return {
    id: it.Id,
    tags: (it as Loose<Docker.ImageInspectInfo>).RepoTags ?? [],
    labels: labelsOf(config?.Labels),
    volumes: Object.keys((config?.Volumes as object | null | undefined) ?? {}),
    exposedTcpPorts: Object.keys((config?.ExposedPorts as object | null | undefined) ?? {})
      .filter(port => port.endsWith('/tcp'))
      .map(port => Number.parseInt(port, 10)),
    workingDirectory: config?.WorkingDir ?? '',
    environment: environmentOf(config?.Env),
    user: config?.User ?? '',
    entrypoint: listOf(config?.Entrypoint),
    command: listOf(config?.Cmd),
    onBuild: listOf(config?.OnBuild as string[] | null | undefined),
  };
}

export function toHistoryEntry(it: unknown): HistoryEntry {
  const id = textOf(it, 'Id');
  return {
    id: id?.startsWith('sha256:') === true ? id : undefined,
    createdBy: textOf(it, 'CreatedBy') ?? '',
  };
}

export function toImageSummary(it: Docker.ImageInfo): ImageSummary {
  const { RepoTags, RepoDigests, Labels } = it as Loose<Docker.ImageInfo>;
  return {
    id: it.Id,
    tags: RepoTags ?? [],
    digests: RepoDigests ?? [],
    labels: labelsOf(Labels),
    sizeBytes: it.Size,
  };
}

export function toNetwork(it: {
  readonly Id: string;
  readonly Name: string;
  readonly Labels?: Record<string, string> | null | undefined;
}): NetworkSummary {
  return { id: it.Id, name: it.Name, labels: labelsOf(it.Labels) };
}

export function toVolume(it: {
  readonly Name: string;
  readonly Labels?: Record<string, string> | null | undefined;
  readonly CreatedAt?: string | undefined;
  readonly Mountpoint?: string | undefined;
}): VolumeSummary {
  const created = it.CreatedAt === undefined ? {} : { createdAt: it.CreatedAt };
  const mounted = it.Mountpoint === undefined || it.Mountpoint === '' ? {} : { mountPoint: it.Mountpoint };
  return { name: it.Name, labels: labelsOf(it.Labels), ...created, ...mounted };
}
