import type { Clock } from '../../core/clock.ts';
import type { Build } from '../../project/build.ts';
import type { Project } from '../../project/project.ts';
import type { Service } from '../../project/service.ts';
import type { Report } from '../events.ts';
import { contextKey, openContextWatch, type ContextWatch } from '../watch/open-context-watch.ts';

export interface SourcesOptions {
  /** The services to keep in sync. */
  readonly services: readonly string[];
  readonly report: Report;
  readonly clock: Clock;
}

/** A service that is built, with the watch of its context, which it may share. */
export interface WatchedService {
  readonly service: Service;
  readonly build: Build;
  readonly watch: ContextWatch;
}

/** A project as it was read, and its contexts, watched. */
export interface Sources extends AsyncDisposable {
  readonly project: Project;
  readonly services: readonly WatchedService[];
  readonly watches: readonly ContextWatch[];
}

/** Resolves when every change from then on is seen. */
export async function openSources(project: Project, options: SourcesOptions): Promise<Sources> {
  const { report, clock } = options;
  const watches = new Map<string, ContextWatch>();
  const services: WatchedService[] = [];
  const close = async (): Promise<void> => {
    await Promise.all([...watches.values()].map(watch => watch[Symbol.asyncDispose]()));
  };
  try {
    for (const service of project.services) {
      const { name, build } = service;
      if (!options.services.includes(name)) continue;
      const onWarning = (message: string): void => report({ type: 'noticed', service: name, message });
      if (build === undefined) {
        report({ type: 'unwatched', service: name, cause: 'its image is not built here' });
        continue;
      }
      const key = contextKey(build);
      const watch = watches.get(key) ?? (await openContextWatch(build, { clock, onWarning }));
      watches.set(key, watch);
      services.push({ service, build, watch });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { project, services, watches: [...watches.values()], [Symbol.asyncDispose]: close };
}
