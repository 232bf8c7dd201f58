/** Runs a session for each service of a project, until the project itself changes. */
import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import { runBeside } from '../../core/together.ts';
import type { Project } from '../../project/project.ts';
import type { Service } from '../../project/service.ts';
import type { ServiceRules } from '../decide/decide.ts';
import { watchProjectFiles } from '../watch/watch-project-files.ts';
import type { PendingEffects } from '../container/pending-effects.ts';
import type { LiveOptions } from './live-options.ts';
import { readRules } from './read-rules.ts';
import { Rebuilder } from './rebuilder.ts';
import { ServiceSession } from '../service/service-session.ts';
import type { Sources, WatchedService } from './sources.ts';
import { openTransport } from '../container/open-transport.ts';
import { watchContainers } from './watch-containers.ts';

/** At the end, a device that does not answer is waited for no longer than this. */
const endMs = 1000;

export interface RoundOptions extends LiveOptions {
  readonly openSources: (project: Sources['project']) => Promise<Sources>;
}

export interface RoundState {
  readonly signal: AbortSignal;
  readonly isFirst: boolean;
  /** Service → effects that the round before did not carry out. This round leaves its own here. */
  readonly pending: Map<string, PendingEffects>;
}

/** Runs until all of the project has been pushed again; returns its sources as they are then. */
export async function runRound(
  options: RoundOptions,
  sources: Sources,
  { signal, isFirst, pending }: RoundState,
): Promise<Sources> {
  const { engine, clock, confirm } = options;
  const { project } = sources;
  const watched = new Map<ServiceSession, WatchedService>();
  const readOwn = (from: Project, service: Service, { watch }: WatchedService): Promise<ServiceRules> =>
    readRules({
      engine,
      project: from.name,
      service,
      directory: watch.tree.root,
      buildFiles: watch.buildFiles,
      signal,
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
      engine,
      project: project.name,
      service: service.name,
      clock,
      confirm,
      openTransport,
      nodes: watch.tree.nodes,
      openSource: name => watch.tree.openContent(name),
      stopGraceMs: service.stopGracePeriodMs,
      rules: await readOwn(project, service, it),
      onNewNames: () => keep(session, options),
      onOtherSent: name => watch.reread(name),
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
      if (drift.pending !== undefined) pending.set(drift.service, drift.pending);
      if (drift.cause !== undefined) askAll(`${drift.service}: ${drift.cause}`);
    }
  for (const session of sessions) {
    const left = pending.get(session.service);
    if (left !== undefined) session.addPending(left);
  }
  pending.clear();
  let opened: Sources | undefined;
  let next: Sources;
  try {
    next = await runBeside(
      signal,
      async within => {
        opened = await rebuilder.run(within);
        return opened;
      },
      [
        ...sources.watches.map(watch => (within: AbortSignal) => {
          const own = sessions.filter(session => watched.get(session)?.watch === watch);
          return watch.run(
            {
              onBatch(changed, startedMs) {
                for (const session of own) session.add(changed, startedMs);
                // An ignore file decides what belongs to the context.
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
        within => watchProjectFiles(sources.files, { clock, signal: within }, askAll),
        within => watchContainers(engine, project.name, sessions, { clock, signal: within }),
      ],
    );
  } catch (error) {
    opened?.[Symbol.dispose]();
    await endSessions(sessions, options);
    throw error;
  }
  for (const session of sessions) {
    options.keepSynced(session.service, []);
    if (session.pending !== undefined) pending.set(session.service, session.pending);
  }
  return next;
}

/** Reports the files that no image has, and keeps what the next session needs. */
async function endSessions(sessions: readonly ServiceSession[], options: LiveOptions): Promise<void> {
  for (const session of sessions) {
    reportNotInImage(session, options);
    options.keepPending(session.service, session.pending);
  }
  await Promise.all(sessions.map(noteEdits));
}

/** Marks the container once more: its mark may be older than the last edit. */
async function noteEdits(session: ServiceSession): Promise<void> {
  using deadline = openDeadline(new AbortController().signal, endMs);
  try {
    await session.noteEdits(deadline.signal);
  } catch (error) {
    if (!(error instanceof OsError) && !deadline.signal.aborted) throw error;
  }
}

function keep(session: ServiceSession, { keepSynced }: LiveOptions): void {
  keepSynced(session.service, [...session.listNotInImage(), ...session.listSyncedByRules()]);
}

function reportNotInImage(session: ServiceSession, options: LiveOptions): void {
  const { service } = session;
  keep(session, options);
  if (session.isContainerGone) return;
  const report = (cause: 'edit' | 'watch-rule', names: readonly string[]): void => {
    const [files, first] = [names.length, names.slice(0, 10)];
    if (files > 0) options.report({ type: 'not-in-image', service, files, names: first, cause });
  };
  report('edit', session.listNotInImage());
  report('watch-rule', session.listSyncedByRules());
}
