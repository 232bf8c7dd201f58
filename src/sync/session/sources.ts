import type { Clock } from '../../core/clock.ts';
import type { Project } from '../../project/project.ts';
import type { Service } from '../../project/service.ts';
import type { Report } from '../events.ts';
import type { ContextWatch } from '../watch/context-watch.ts';
import { readProjectFiles, type ProjectFiles } from '../watch/watch-project-files.ts';
import { openContextWatch } from '../watch/open-context-watch.ts';

export interface SourcesOptions {
  /** The services to keep in sync. */
  readonly services: readonly string[];
  readonly report: Report;
  readonly clock: Clock;
}

/** A service and the watch on its sources, which several services may share. */
export interface WatchedService {
  readonly service: Service;
  readonly watch: ContextWatch;
}

/** A project as it was read, with a watch on each of its contexts. */
export interface Sources extends Disposable {
  readonly project: Project;
  readonly services: readonly WatchedService[];
  readonly watches: readonly ContextWatch[];
  /** The project's own files, as they were when the project was read. */
  readonly files: ProjectFiles;
}

/** Resolves when every change from then on is seen. */
export async function openSources(project: Project, options: SourcesOptions): Promise<Sources> {
  const { report, clock } = options;
  const wanted = project.services.filter(({ name }) => options.services.includes(name));
  const isWatched = ({ build, watch }: Service): boolean => build !== undefined || watch.length > 0;
  for (const { name } of wanted.filter(it => !isWatched(it)))
    report({ type: 'not-synced', service: name, cause: 'its image is not built here' });
  const files = await readProjectFiles(project);
  const watches: ContextWatch[] = [];
  const services: WatchedService[] = [];
  const close = (): void => {
    for (const watch of watches) watch[Symbol.dispose]();
  };
  try {
    for (const together of groupBySources(wanted.filter(isWatched))) {
      const [{ name, build }] = together;
      const watched = {
        directory: build?.contextDirectory ?? project.directory,
        build,
        rules: together.flatMap(({ watch }) => watch),
      };
      const onWarning = (message: string): void => report({ type: 'notice', service: name, message });
      const onIgnored = (file: string): void => {
        for (const { name: service } of together)
          report({
            type: 'decision',
            service,
            name: file,
            cause: 'is kept out of the context by an ignore file',
          });
      };
      const watch = await openContextWatch(watched, { clock, onWarning, onIgnored });
      watches.push(watch);
      services.push(...together.map(service => ({ service, watch })));
    }
  } catch (error) {
    close();
    throw error;
  }
  return { project, services, watches, files, [Symbol.dispose]: close };
}

/** Groups services with the same context and ignore file. Those without a build have the project's directory. */
function groupBySources(services: readonly Service[]): [Service, ...Service[]][] {
  const groups = new Map<string, [Service, ...Service[]]>();
  for (const service of services) {
    const { contextDirectory, dockerfile } = service.build ?? {};
    const key = JSON.stringify([contextDirectory, dockerfile?.kind === 'inline' ? null : dockerfile?.file]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [service]);
    else group.push(service);
  }
  return [...groups.values()];
}
