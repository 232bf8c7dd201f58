/** The live session of a project on one device: what is watched, and a session for each service that is built. */
import type { Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import { together } from '../../core/together.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Project } from '../../project/project.ts';
import { composeLabels } from '../../release/labels.ts';
import type { Report } from '../events.ts';
import { contextKey, openContextWatch, type ContextWatch } from '../watch/open-context-watch.ts';
import { watchProjectFiles } from '../watch/watch-project-files.ts';
import { readRules } from './read-rules.ts';
import { Rebuilder, type Rebuild } from './rebuilder.ts';
import { ServiceSession } from './service-session.ts';

export interface LiveOptions {
  readonly engine: Engine;
  readonly project: Project;
  /** The services to keep in sync. */
  readonly services: readonly string[];
  /** Reads the project again, and makes the device run these services of it. */
  readonly rebuild: Rebuild;
  readonly report: Report;
  readonly clock: Clock;
}

/** Watches from the moment this resolves; the container's side begins with `run`. */
export interface Live extends AsyncDisposable {
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const retryMs = 500;

export async function openLive(options: LiveOptions): Promise<Live> {
  const { project, services, report, clock } = options;
  const watches = new Map<string, ContextWatch>();
  const close = async (): Promise<void> => {
    await Promise.all([...watches.values()].map(watch => watch[Symbol.asyncDispose]()));
  };
  try {
    for (const { name, build } of project.services) {
      if (!services.includes(name)) continue;
      if (build === undefined) {
        report({ type: 'unwatched', service: name, cause: 'its image is not built here' });
        continue;
      }
      const key = contextKey(build);
      const onWarning = (cause: string): void => report({ type: 'unwatched', service: name, cause });
      if (!watches.has(key)) watches.set(key, await openContextWatch(build, { clock, onWarning }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    run: signal => runLive(options, watches, signal),
    [Symbol.asyncDispose]: close,
  };
}

async function runLive(
  options: LiveOptions,
  watches: ReadonlyMap<string, ContextWatch>,
  signal: AbortSignal,
): Promise<void> {
  const { engine, project, report, clock } = options;
  const sessions = new Map<ServiceSession, string>();
  const rebuilds: ((cause: string) => void)[] = [];
  const rebuilder = new Rebuilder(options.rebuild, report);
  for (const service of project.services) {
    const { name, build } = service;
    const key = build && contextKey(build);
    const watch = key === undefined ? undefined : watches.get(key);
    if (build === undefined || key === undefined || watch === undefined) continue;
    if (!options.services.includes(name)) continue;
    const readOwn = (from: Project): Promise<ServiceSession['rules']> => {
      const now = from.services.find(it => it.name === name) ?? service;
      return readRules(engine, now, now.build ?? build, watch.buildFiles, signal);
    };
    const rebuild = (cause: string): void => rebuilder.ask(session, cause, readOwn);
    const session: ServiceSession = new ServiceSession({
      ...{ engine, project: project.name, service: name, report, clock, nodes: watch.tree.nodes },
      stopGraceMs: service.stopGracePeriodMs,
      rules: await readOwn(project),
      onRebuild: rebuild,
    });
    sessions.set(session, key);
    rebuilds.push(rebuild);
  }
  const all = [...sessions.keys()];
  await together(signal, [
    ...[...watches].map(
      ([key, watch]) =>
        (within: AbortSignal) =>
          watch.run((changed, startedMs) => {
            for (const [session, of] of sessions) if (of === key) session.add(changed, startedMs);
          }, within),
    ),
    ...all.map(session => (within: AbortSignal) => session.run(within)),
    within => rebuilder.run(within),
    within =>
      watchProjectFiles(project, { clock, signal: within }, cause => {
        rebuilder.askAll();
        for (const rebuild of rebuilds) rebuild(cause);
      }),
    within => watchContainers(engine, project.name, all, clock, within),
  ]);
}

/** Tells sessions what happens to their containers, over lost connections too. */
async function watchContainers(
  engine: Engine,
  project: string,
  sessions: readonly ServiceSession[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      const labels = { [composeLabels.project]: project };
      for await (const { action, id, attributes } of engine.watchEvents({
        ...{ types: ['container'], labels, signal },
      }))
        if (action === 'start' || action === 'destroy')
          for (const session of sessions)
            if (session.service === attributes[composeLabels.service]) session.look(id);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OsError) || error.code !== 'connection-lost') throw error;
    }
    await clock.sleep(retryMs, signal);
  }
}
