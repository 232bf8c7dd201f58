import { toInstant } from '../../../logs/parse-since.ts';
import { ProjectLogs } from '../../../logs/project-logs.ts';
import { readLogs } from '../../../logs/read-logs.ts';
import type { SessionReporter } from '../../../ui/session/session-reporter.ts';
import { canAsk } from '../../terminal/person.ts';
import { openQuestions } from '../../terminal/questions.ts';
import type { SessionDependencies } from '../dependencies.ts';
import { openLiveSession } from './open-live-session.ts';
import { releaseProject } from './release-project.ts';
import { wireProject, type Surroundings } from './wire-project.ts';

/** For verbs that build, run and follow a project. */
export function wireSession(surroundings: Surroundings, reporter: SessionReporter): SessionDependencies {
  const { output } = surroundings;
  const project = wireProject(surroundings);
  return {
    ...project,
    report: event => reporter.report(event),
    settle: () => reporter.settle(),
    release: releaseProject(project.note),
    openLive: openLiveSession({
      confirm: canAsk() && output.mode !== 'json' ? openQuestions(output) : undefined,
      signal: surroundings.signal,
    }),
    async followLogs({ engine }, { project: name, isWanted, signal, report }) {
      const { awaitReader } = output;
      const { systemTime } = await engine.readInfo(signal);
      const since = toInstant({ agoS: 60 }, systemTime);
      const source = new ProjectLogs(engine, {
        project: name,
        isWanted,
        tail: 10,
        since,
        report,
        awaitReader,
      });
      await readLogs([source], { follow: true, signal, report, awaitReader });
    },
  };
}
