/** A session for each service of a project, until the project itself is another one. */
import { together } from '../../core/together.ts';
import type { Project } from '../../project/project.ts';
import type { Service } from '../../project/service.ts';
import type { ServiceRules } from '../decide/decide.ts';
import { watchProjectFiles } from '../watch/watch-project-files.ts';
import type { LiveOptions } from './live-options.ts';
import { readRules } from './read-rules.ts';
import { Rebuilder } from './rebuilder.ts';
import { ServiceSession } from './service-session.ts';
import type { Sources, WatchedService } from './sources.ts';
import { watchContainers } from './watch-containers.ts';

export interface RoundOptions extends LiveOptions {
  readonly openSources: (project: Sources['project']) => Promise<Sources>;
}

/** Runs until all of the project has been pushed again; returns what it consists of then. */
export async function runRound(
  options: RoundOptions,
  sources: Sources,
  { signal, isFirst }: { signal: AbortSignal; isFirst: boolean },
): Promise<Sources> {
  const { engine, clock, confirm } = options;
  const { project } = sources;
  const watched = new Map<ServiceSession, WatchedService>();
  const readOwn = (
    from: Project,
    service: Service,
    { build, watch }: WatchedService,
  ): Promise<ServiceRules> =>
    readRules({
      ...{ engine, project: from.name, service, build: service.build ?? build },
      ...{ buildFiles: watch.buildFiles, signal },
    });
  const rebuilder = new Rebuilder({
    ...options,
    async readRules(session, from) {
      const own = watched.get(session);
      const now = from.services.find(({ name }) => name === session.service) ?? own?.service;
      if (own === undefined || now === undefined) throw new Error(`no service ${session.service}`);
      return readOwn(from, now, own);
    },
  });
  for (const it of sources.services) {
    const { service, watch } = it;
    const session: ServiceSession = new ServiceSession({
      ...{ engine, project: project.name, service: service.name, clock, confirm },
      ...{ nodes: watch.tree.nodes, readFile: name => watch.tree.readContent(name) },
      stopGraceMs: service.stopGracePeriodMs,
      rules: await readOwn(project, service, it),
      onRebuild: cause => rebuilder.ask(session, cause),
      report(event) {
        options.report(event);
        if (event.type === 'synced') options.keepUnbuilt(service.name, session.listUnbuilt());
      },
    });
    watched.set(session, it);
  }
  const sessions = [...watched.keys()];
  const askAll = (cause: string): void => rebuilder.askAll(sessions, cause);
  if (isFirst)
    for (const drift of await options.findDrift(project, signal)) {
      sessions.find(({ service }) => service === drift.service)?.addDrift(drift);
      if (drift.cause !== undefined) askAll(drift.cause);
    }
  let next: Sources | undefined;
  const isOver = new Error('the project is another one');
  try {
    await together(signal, [
      ...sources.watches.map(
        watch => (within: AbortSignal) =>
          watch.run((changed, startedMs) => {
            for (const [session, own] of watched) if (own.watch === watch) session.add(changed, startedMs);
            // What belongs to the context is another question then.
            if (watch.ignoreFiles.some(file => changed.has(file))) askAll('an ignore file changed');
          }, within),
      ),
      ...sessions.map(session => (within: AbortSignal) => session.run(within)),
      async within => {
        next = await rebuilder.run(within);
        throw isOver;
      },
      within => watchProjectFiles(project, { clock, signal: within }, askAll),
      within => watchContainers(engine, project.name, sessions, { clock, signal: within }),
    ]);
  } catch (error) {
    if (next !== undefined && error === isOver) {
      for (const { service } of sessions) options.keepUnbuilt(service, []);
      return next;
    }
    await next?.[Symbol.asyncDispose]();
    for (const session of sessions) tellUnbuilt(session, options);
    throw error;
  }
  throw isOver;
}

function tellUnbuilt(session: ServiceSession, { report, keepUnbuilt }: LiveOptions): void {
  const { service } = session;
  const names = session.listUnbuilt();
  keepUnbuilt(service, names);
  if (names.length > 0) report({ type: 'unbuilt', service, files: names.length, names: names.slice(0, 10) });
}
