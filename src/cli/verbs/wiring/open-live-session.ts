import { systemClock } from '../../../core/clock.ts';
import { together } from '../../../core/together.ts';
import type { Project } from '../../../project/project.ts';
import { openSessionLease } from '../../../release/lease/session-lease.ts';
import { readDrift } from '../../../release/plan/drift.ts';
import { selectServices } from '../../../release/running/select-services.ts';
import type { Drift, LiveOptions } from '../../../sync/session/live-options.ts';
import { openLive } from '../../../sync/session/open-live.ts';
import type { ReachedEngine } from '../../../reach/engine/reached-engine.ts';
import type { LiveSessionOptions, SessionDependencies } from '../dependencies.ts';
import type { ProjectMemory } from '../project/project-memory.ts';
import { rememberProject } from './remember-project.ts';
import { engineSocket } from './release-project.ts';

/** Reads how the containers differ from the sources of `project`; right after a push they do not. */
async function findDrift(
  reached: ReachedEngine,
  project: Project,
  { services, isAttaching }: Pick<LiveSessionOptions, 'services' | 'isAttaching'>,
  {
    synced,
    signal,
  }: { readonly synced: Pick<ProjectMemory, 'findSynced' | 'findPending'>; readonly signal: AbortSignal },
): Promise<Drift[]> {
  const withSynced = (drift: Omit<Drift, 'synced' | 'pending'>): Drift => ({
    ...drift,
    synced: synced.findSynced(drift.service),
    pending: synced.findPending(drift.service),
  });
  if (!isAttaching)
    return selectServices(project, services).map(({ name }) =>
      withSynced({ service: name, cause: undefined, names: [] }),
    );
  const memory = await rememberProject(reached, project, signal);
  const dependencies = { engine: reached.engine, memory, engineSocket, signal };
  return (await readDrift({ project, services }, dependencies)).map(withSynced);
}

export interface LiveSessionSurroundings {
  /** Prompts a person, if one can be prompted. */
  readonly confirm: LiveOptions['confirm'];
  readonly signal: AbortSignal;
}

/** Opens live sessions that remember what they have synced. Throws OsError `busy` while another session is at work. */
export const openLiveSession =
  ({ confirm, signal }: LiveSessionSurroundings): SessionDependencies['openLive'] =>
  async (reached, options) => {
    const { project, services, select } = options;
    const kept = services.length === 0 ? [] : select(project);
    const lease = await openSessionLease(
      reached.engine,
      { project: project.name, services: kept },
      { signal },
    );
    try {
      const memory = await rememberProject(reached, project);
      const live = await openLive({
        ...options,
        engine: reached.engine,
        clock: systemClock,
        confirm,
        findDrift: (from, innerSignal) =>
          findDrift(reached, from, options, { synced: memory, signal: innerSignal }),
        keepSynced: (service, names) => memory.keepSynced(service, names),
        keepPending: (service, pending) => memory.keepPending(service, pending),
      });
      return {
        run: innerSignal => together(innerSignal, [it => live.run(it), it => lease.keep(it)]),
        async [Symbol.asyncDispose]() {
          live[Symbol.dispose]();
          await memory.save();
          await lease[Symbol.asyncDispose]();
        },
      };
    } catch (error) {
      await lease[Symbol.asyncDispose]();
      throw error;
    }
  };
