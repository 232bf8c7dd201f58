/** The live session of a project on one device. */
import type { Project } from '../../project/project.ts';
import type { PendingEffects } from '../container/pending-effects.ts';
import type { LiveOptions } from './live-options.ts';
import { runRound } from './round.ts';
import { openSources, type Sources } from './sources.ts';

/** The sources are watched as soon as this exists; containers follow once `run` is called. */
export interface Live extends Disposable {
  /** Runs until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export async function openLive(options: LiveOptions): Promise<Live> {
  const { report, clock, select } = options;
  const open = (project: Project): Promise<Sources> =>
    openSources(project, { services: select(project), report, clock });
  let sources = await open(options.project);
  return {
    async run(signal) {
      for (const { name, restart } of sources.services.map(({ service }) => service))
        if (restart === undefined)
          report({
            type: 'notice',
            service: name,
            message: 'does not start with the device, as its compose file has no `restart` for it',
          });
      const pending = new Map<string, PendingEffects>();
      for (let isFirst = true; ; isFirst = false) {
        const next = await runRound({ ...options, openSources: open }, sources, { signal, isFirst, pending });
        sources[Symbol.dispose]();
        sources = next;
      }
    },
    [Symbol.dispose]: () => sources[Symbol.dispose](),
  };
}
