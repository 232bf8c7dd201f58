/** Flags, as oclif parses them, to the typed requests that verbs take. Kebab-case keys go no further. */
import { OsError } from '../../core/errors.ts';
import type { EitherWayRequest } from '../verbs/reach-either-way.ts';
import type {
  BuildRequest,
  DeviceRequest,
  ProjectRequest,
  RunnerRequest,
  RunningRequest,
} from '../verbs/requests.ts';

interface EngineFlags {
  readonly via: 'tcp' | 'ssh';
  readonly 'engine-port'?: number | undefined;
  readonly identity?: string | undefined;
}

interface ProjectFlags {
  readonly source: string;
  readonly file?: readonly string[] | undefined;
  readonly dockerfile?: string | undefined;
  readonly project?: string | undefined;
  readonly 'env-file'?: readonly string[] | undefined;
  readonly profile?: readonly string[] | undefined;
  readonly service?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
  readonly 'build-arg'?: readonly string[] | undefined;
}

interface ReleaseFlags {
  readonly service?: readonly string[] | undefined;
  readonly 'no-cache': boolean;
  readonly 'no-delta': boolean;
  readonly pull: boolean;
  readonly 'registry-secrets'?: string | undefined;
  readonly 'build-on'?: 'device' | 'local' | undefined;
}

/** `KEY=VALUE`; `KEY` alone takes its value from this process's environment. Throws OsError `usage`. */
function parseAssignment(text: string): readonly [string, string] {
  const [name = '', ...value] = text.split('=');
  const inherited = value.length === 0 ? process.env[name] : value.join('=');
  if (name !== '' && inherited !== undefined) return [name, inherited];
  throw new OsError('usage', `not KEY=VALUE: ${JSON.stringify(text)}`);
}

interface RunnerFlags {
  readonly runner?: 'engine' | 'supervisor' | undefined;
  readonly 'take-over': boolean;
  readonly 'no-copy-volumes': boolean;
  readonly force?: boolean;
}

export const toRunnerRequest = (flags: RunnerFlags): RunnerRequest => ({
  runner: flags.runner,
  takesOver: flags['take-over'],
  copiesVolumes: !flags['no-copy-volumes'],
  overridesLocks: flags.force,
});

type SomeWay = Omit<EngineFlags, 'via'> & { readonly via?: EngineFlags['via'] | undefined };

/** Returns the port of the engine, which has none in an SSH session. Throws OsError `usage`. */
function toEnginePort(flags: SomeWay): number | undefined {
  const port = flags['engine-port'];
  if (flags.via === 'ssh' && port !== undefined)
    throw new OsError('usage', '--engine-port is a TCP port, and --via ssh leads to the engine without one', {
      hint: 'give one of the two',
    });
  return port;
}

export const toDeviceRequest = (device: string | undefined, flags: EngineFlags): DeviceRequest => ({
  device,
  via: flags.via,
  enginePort: toEnginePort(flags),
  identityFile: flags.identity,
});

export const toProjectRequest = (flags: ProjectFlags): ProjectRequest => ({
  source: flags.source,
  composeFiles: flags.file ?? [],
  dockerfile: flags.dockerfile,
  projectName: flags.project,
  envFiles: flags['env-file'] ?? [],
  profiles: flags.profile ?? [],
  services: flags.service ?? [],
  variables: (flags.env ?? []).map(parseAssignment),
  buildArgs: Object.fromEntries((flags['build-arg'] ?? []).map(parseAssignment)),
});

export const toBuildRequest = (
  device: string | undefined,
  flags: EngineFlags & ProjectFlags & ReleaseFlags,
): BuildRequest => ({
  target: toDeviceRequest(device, flags),
  project: { ...toProjectRequest(flags), buildPlace: flags['build-on'] },
  services: flags.service ?? [],
  isCacheUsed: !flags['no-cache'],
  usesDeltas: !flags['no-delta'],
  isPulled: flags.pull,
  registrySecretsFile: flags['registry-secrets'],
});

export const toRunningRequest = (
  device: string | undefined,
  flags: EngineFlags & ProjectFlags,
): RunningRequest => ({
  target: toDeviceRequest(device, flags),
  project: toProjectRequest(flags),
});

/** The words after the device, of a command that takes any number of services. */
export const servicesOf = (argv: readonly unknown[]): string[] => argv.slice(1).map(String);

/** A device that is reached over whatever way is open, and the project whose services are meant. */
export const toServiceRequest = (
  device: string | undefined,
  flags: SomeWay & Omit<ProjectFlags, 'service'>,
): { readonly target: EitherWayRequest; readonly project: ProjectRequest } => ({
  target: { device, via: flags.via, enginePort: toEnginePort(flags), identityFile: flags.identity },
  project: toProjectRequest({ ...flags, service: undefined }),
});
