/** A session for each service of a project, until the project itself is another one. */
import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
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

/** A device that does not answer is not waited for at the end. */
const endMs = 1000;

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
  const readOwn = (from: Project, service: Service, { watch }: WatchedService): Promise<ServiceRules> =>
    readRules({
      ...{ engine, project: from.name, service, directory: watch.tree.root },
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
        if (event.type === 'synced') keep(session, options);
      },
    });
    watched.set(session, it);
  }
  const sessions = [...watched.keys()];
  const askAll = (cause: string): void => rebuilder.askAll(sessions, cause);
  if (isFirst)
    for (const drift of await options.findDrift(project, signal)) {
      sessions.find(({ service }) => service === drift.service)?.addDrift(drift);
      if (drift.cause !== undefined) askAll(`${drift.service}: ${drift.cause}`);
    }
  let next: Sources | undefined;
  const isOver = new Error('the project is another one');
  try {
    await together(signal, [
      ...sources.watches.map(watch => (within: AbortSignal) => {
        const own = sessions.filter(session => watched.get(session)?.watch === watch);
        return watch.run(
          {
            onBatch(changed, startedMs) {
              for (const session of own) session.add(changed, startedMs);
              // What belongs to the context is another question then.
              if (watch.ignoreFiles.some(file => changed.has(file))) askAll('an ignore file changed');
            },
            onAway() {
              for (const session of own) session.waitFor(`${watch.tree.root} is away`);
            },
          },
          within,
        );
      }),
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
    next?.[Symbol.dispose]();
    for (const session of sessions) tellUnbuilt(session, options);
    await Promise.all(sessions.map(noteEdits));
    throw error;
  }
  throw isOver;
}

/** The last of what edits have changed may not have been told to the device. */
async function noteEdits(session: ServiceSession): Promise<void> {
  using deadline = openDeadline(new AbortController().signal, endMs);
  try {
    await session.noteEdits(deadline.signal);
  } catch (error) {
    if (!(error instanceof OsError) && !deadline.signal.aborted) throw error;
  }
}

function keep(session: ServiceSession, { keepUnbuilt }: LiveOptions): void {
  keepUnbuilt(session.service, [...session.listUnbuilt(), ...session.listBrought()]);
}

function tellUnbuilt(session: ServiceSession, options: LiveOptions): void {
  const { service } = session;
  keep(session, options);
  const tell = (type: 'unbuilt' | 'brought', names: readonly string[]): void => {
    if (names.length > 0) options.report({ type, service, files: names.length, names: names.slice(0, 10) });
  };
  tell('unbuilt', session.listUnbuilt());
  tell('brought', session.listBrought());
}
