/** The live session of a project on one device. */
import type { Project } from '../../project/project.ts';
import type { LiveOptions } from './live-options.ts';
import { runRound } from './round.ts';
import { openSources, type Sources } from './sources.ts';

/** Watches from the moment this resolves; the container's side begins with `run`. */
export interface Live extends Disposable {
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export async function openLive(options: LiveOptions): Promise<Live> {
  const { report, clock, select } = options;
  const open = (project: Project): Promise<Sources> =>
    openSources(project, { services: select(project), report, clock });
  let sources = await open(options.project);
  return {
    async run(signal) {
      for (let isFirst = true; ; isFirst = false) {
        const next = await runRound({ ...options, openSources: open }, sources, { signal, isFirst });
        sources[Symbol.dispose]();
        sources = next;
      }
    },
    [Symbol.dispose]: () => sources[Symbol.dispose](),
  };
}
