/** Finds out if this machine's Docker can build for a device, before the device is touched. */
import { OsError } from '../../../core/errors.ts';
import { sanitizeLine } from '../../../core/sanitize.ts';
import { findBuildKitUses } from '../../../project/dockerfile/find-buildkit-uses.ts';
import { parseDockerfile } from '../../../project/dockerfile/parse/parse-dockerfile.ts';
import type { BuildTask } from '../../plan/plan.ts';
import type { RunDocker } from './run-docker.ts';

/**
 * `buildx`: the plugin. `buildkit`: BuildKit by the docker program itself, as in versions 19 to 22. `classic`: neither, which
 * is the builder that devices have.
 */
export type LocalBuilder = 'buildx' | 'buildkit' | 'classic';

export interface LocalEngine {
  readonly builder: LocalBuilder;
  /** `linux/amd64` */
  readonly platform: string;
}

/** `uname -m` → the platform as Docker writes it. */
const platforms: Readonly<Record<string, string>> = {
  x86_64: 'linux/amd64',
  amd64: 'linux/amd64',
  aarch64: 'linux/arm64',
  arm64: 'linux/arm64',
  armv7l: 'linux/arm/v7',
  armv6l: 'linux/arm/v6',
  i686: 'linux/386',
  i386: 'linux/386',
};

/** Platforms whose programs a machine runs besides its own. */
const alsoRuns: Readonly<Record<string, readonly string[]>> = {
  'linux/amd64': ['linux/386'],
  'linux/arm64': ['linux/arm/v7', 'linux/arm/v6', 'linux/arm'],
  'linux/arm/v7': ['linux/arm/v6', 'linux/arm'],
};

/** Throws OsError `host-unsuitable` for a machine that Docker has no name for. */
export function platformOf(architecture: string): string {
  const platform = platforms[architecture];
  if (platform !== undefined) return platform;
  throw new OsError('host-unsuitable', `images for ${sanitizeLine(architecture)} can't be built here`, {
    hint: 'build on the device: --build-on device',
  });
}

/** `linux/arm64/v8` is `linux/arm64`, and `linux/arm` is `linux/arm/v7`. */
export const normalPlatform = (platform: string): string =>
  platform === 'linux/arm' ? 'linux/arm/v7' : platform.replace(/^(linux\/arm64)\/v8$/, '$1');

export const runsPlatform = (device: string, image: string): boolean =>
  normalPlatform(image) === device || alsoRuns[device]?.includes(image) === true;

const firstLine = (text: string): string =>
  sanitizeLine(
    text
      .split('\n')
      .map(line => line.trim())
      .find(line => line !== '') ?? 'it does not say why',
  );

interface Version {
  readonly Client?: { readonly Version?: string } | null;
  readonly Server?: { readonly Os?: string; readonly Arch?: string; readonly Version?: string } | null;
}

/** Versions whose client has BuildKit built in, and whose engine has it switched on by default or on request. */
const hasOwnBuildKit = ({ Client, Server }: Version): boolean => {
  const [client, server] = [Client, Server].map(it => Number.parseInt(it?.Version ?? '', 10));
  return client !== undefined && client >= 19 && client < 23 && server !== undefined && server >= 19;
};

const parseVersion = (text: string): Version => {
  try {
    return JSON.parse(text) as Version;
  } catch {
    return {};
  }
};

/** Throws OsError `host-unsuitable` if there is no docker program, or if its engine does not answer. */
export async function readVersion(docker: RunDocker, signal: AbortSignal): Promise<Version> {
  const { code, stdout, stderr } = await docker(['version', '--format', '{{json .}}'], { signal });
  if (code === 0) return parseVersion(stdout);
  throw new OsError('host-unsuitable', `Docker on this machine does not answer: ${firstLine(stderr)}`, {
    hint: 'start it, choose another one with `docker context use`, or build on the device',
  });
}

/** Throws OsError `host-unsuitable` if there is no docker program, or if it reaches no engine for Linux. */
export async function findLocalEngine(docker: RunDocker, signal: AbortSignal): Promise<LocalEngine> {
  const version = await readVersion(docker, signal);
  const { Server } = version;
  if (Server?.Arch === undefined)
    throw new OsError(
      'host-unsuitable',
      "the docker program of this machine names no engine: it is not Docker's own",
      { hint: 'install Docker here, or build on the device: --build-on device' },
    );
  const { Os = 'linux' } = Server;
  if (Os !== 'linux')
    throw new OsError(
      'host-unsuitable',
      `Docker on this machine makes images for ${sanitizeLine(Os)}, and the device runs Linux`,
      { hint: 'switch it to Linux containers, or build on the device: --build-on device' },
    );
  const buildx = await docker(['buildx', 'version'], { signal });
  const platform = platforms[Server.Arch] ?? `linux/${Server.Arch}`;
  const builder = buildx.code === 0 ? 'buildx' : hasOwnBuildKit(version) ? 'buildkit' : 'classic';
  return { builder, platform: Server.Arch === 'arm' ? 'linux/arm/v7' : platform };
}

/** Throws OsError `host-unsuitable` if `engine` can't build images for `wanted`. */
export async function checkPlatform(
  docker: RunDocker,
  { builder, platform }: LocalEngine,
  wanted: string,
  signal: AbortSignal,
): Promise<void> {
  if (runsPlatform(platform, wanted) && (platform === wanted || builder === 'buildx')) return;
  if (builder !== 'buildx')
    throw new OsError(
      'host-unsuitable',
      `Docker on this machine builds for ${platform} and the device needs ${wanted}: that takes the plugin buildx`,
      { hint: 'install docker-buildx, or build on the device: --build-on device' },
    );
  const { code, stdout } = await docker(['buildx', 'inspect'], { signal });
  const listed = /^Platforms:\s*(.*)$/m.exec(stdout)?.[1]?.split(/[\s,]+/) ?? [];
  const known = listed.map(it => normalPlatform(it.replace(/\*$/, '')));
  if (code !== 0 || known.length === 0 || known.includes(wanted)) return;
  throw new OsError('host-unsuitable', `Docker on this machine can't run programs for ${wanted}`, {
    hint: `register an emulator: docker run --privileged --rm tonistiigi/binfmt --install ${wanted.split('/')[1] ?? ''}`,
  });
}

/** Throws OsError `host-unsuitable` for a build that `engine` has no builder for. */
export function checkBuilder(
  { service, recipe }: Pick<BuildTask, 'service' | 'recipe'>,
  { builder }: LocalEngine,
): void {
  if (builder !== 'classic') return;
  const [use] = findBuildKitUses(parseDockerfile(recipe.build.dockerfile.text));
  const need =
    recipe.build.secrets.length > 0
      ? 'its build secrets'
      : use && `${use.subject} ${use.feature} (line ${use.line.toString()})`;
  if (need === undefined) return;
  throw new OsError(
    'host-unsuitable',
    `${service} needs the plugin buildx on this machine, for ${sanitizeLine(need)}`,
    {
      hint: 'install it: docker-buildx-plugin, docker-buildx or the like',
    },
  );
}
