/** What `os push`, `os build` and `os plan` have in common: reach the engine, read the project, push as far as asked. */
import type { Project } from '../project/project.ts';
import type { PushDone } from '../release/events.ts';
import { selectServices } from '../release/select-services.ts';
import { push } from '../release/push.ts';
import type { PushRequest } from '../release/push-request.ts';
import { note, type Output } from '../ui/output.ts';
import type { PushReporter } from '../ui/push-report.ts';
import { readRegistryLogins } from './registry-logins.ts';
import { readRegistrySecrets } from './registry-secrets.ts';
import { readFreeBytes } from './free-space.ts';
import { deviceKindOf, openLiveProject, openProject, type ProjectFlags } from './open-project.ts';
import { openPushMemory } from './push-memory.ts';
import { reachEngine } from './reach-engine.ts';
import type { ReachedEngine } from './reached-engine.ts';

/** Where a device has it. */
export const engineSocket = '/var/run/balena-engine.sock';

export interface PushFlags extends ProjectFlags {
  readonly service?: readonly string[] | undefined;
  readonly 'no-cache': boolean;
  readonly pull: boolean;
  readonly 'remove-orphans'?: boolean;
  readonly 'registry-secrets'?: string | undefined;
  readonly via: 'tcp' | 'ssh';
  readonly 'engine-port'?: number | undefined;
  readonly identity?: string | undefined;
}

export interface Surroundings {
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** The engine that the flags lead to. */
export const reachFlagged = (
  device: string | undefined,
  flags: Pick<PushFlags, 'via' | 'engine-port' | 'identity'>,
  { output, signal }: Surroundings,
): Promise<ReachedEngine> =>
  reachEngine({
    ...{ named: device, via: flags.via, output, signal },
    ...{ enginePort: flags['engine-port'], identityFile: flags.identity },
  });

export interface PushExtent extends Pick<PushRequest, 'extent' | 'removesOrphans' | 'longestStopS'> {
  /** Images are built to be kept in sync. */
  readonly isLive?: boolean;
  /** The services' logs are next, so that this is not the end. */
  readonly isFollowed?: boolean;
}

export interface PushSurroundings extends Surroundings {
  readonly reporter: PushReporter;
  /** Called before anything of the project is sent. */
  readonly onProject?: (project: Project) => Promise<void>;
}

/** Pushes what the flags say of `project`. */
export async function pushProject(
  reached: ReachedEngine,
  project: Project,
  flags: Pick<PushFlags, 'service' | 'no-cache' | 'pull' | 'registry-secrets'>,
  { extent, removesOrphans, longestStopS }: PushExtent,
  { output, signal, report }: Surroundings & { report: PushReporter['report'] },
): Promise<PushDone> {
  const secretsFile = flags['registry-secrets'];
  const secrets = secretsFile === undefined ? {} : await readRegistrySecrets(secretsFile);
  const request: PushRequest = {
    ...{ project, extent, removesOrphans, longestStopS, services: flags.service ?? [] },
    ...{ isCacheUsed: !flags['no-cache'], isPulled: flags.pull },
  };
  const memory = await openPushMemory(project.directory, project.name, reached.address);
  const pushing = push(request, {
    ...{ engine: reached.engine, address: reached.address, signal },
    logins: references =>
      readRegistryLogins(references, { secrets, signal, note: text => note(output, text) }),
    readFreeBytes: within => readFreeBytes(reached, within),
    memory,
    engineSocket,
    report,
  });
  return await pushing.finally(() => memory.save());
}

/** Pushes; returns the project and the names of the services that were meant. */
export async function runPush(
  reached: ReachedEngine,
  flags: PushFlags,
  how: PushExtent,
  { output, signal, reporter, onProject }: PushSurroundings,
): Promise<{ project: string; services: readonly string[] }> {
  const open = how.isLive === true ? openLiveProject : openProject;
  const project = await open(flags, await deviceKindOf(reached), output);
  const services = selectServices(project, flags.service ?? []).map(({ name }) => name);
  await onProject?.(project);
  const report: PushReporter['report'] = event => reporter.report(event);
  const done = await pushProject(reached, project, flags, how, { output, signal, report });
  reporter.report({ ...done, type: how.isFollowed === true ? 'up' : 'done' });
  return { project: project.name, services };
}
