/** One reporter for all events of a push, a live session and their logs. */
import type { LogEvent } from '../../logs/log-line.ts';
import type { PushEvent } from '../../release/apply/events.ts';
import type { LiveEvent } from '../../sync/events.ts';
import type { AttachedEvent } from '../json-event.ts';
import type { JsonEvents } from '../json-events.ts';
import { openLiveReporter } from '../live/live-reporter.ts';
import { note, type Output } from '../output.ts';
import { openPushReporter } from '../push/push-reporter.ts';
import { ServiceColumn } from '../service-column.ts';
import { jsonLog, openLogReporter } from './log-reporter.ts';
import { OwnRestarts } from './own-restarts.ts';

export type SessionEvent = PushEvent | LiveEvent | LogEvent | AttachedEvent;

/** Prints the events of a session. Disposed at its end, also after an error. */
export interface SessionReporter extends Disposable {
  report(event: SessionEvent): void;
  /** Says that no push is under way any more; the session may go on. */
  settle(): void;
}

export interface SessionReporterOptions {
  /** True if the plan is the answer, because it is not going to be carried out. */
  readonly showsPlan?: boolean;
  /** True if the decision about every path is printed. */
  readonly isVerbose?: boolean;
}

const logTypes: Readonly<Record<LogEvent['type'], true>> = {
  connection: true,
  container: true,
  'journal-wrapped': true,
  log: true,
  unreadable: true,
};

const pushTypes: Readonly<Record<PushEvent['type'], true>> = {
  'build-cached': true,
  'build-failed': true,
  'build-output': true,
  'build-step': true,
  'build-way': true,
  built: true,
  done: true,
  'large-context': true,
  planned: true,
  project: true,
  'pull-progress': true,
  pulled: true,
  pulling: true,
  service: true,
  up: true,
  'update-lock': true,
  upload: true,
  url: true,
  'volume-copy': true,
  warning: true,
};

const isLogEvent = (event: SessionEvent): event is LogEvent => event.type in logTypes;
const isPushEvent = (event: SessionEvent): event is PushEvent => event.type in pushTypes;

const renderAttached = ({ isLive }: AttachedEvent): string =>
  `${isLive ? 'watching for edits' : 'following the logs'}; Ctrl-C stops that and leaves the services running`;

function jsonSession(events: JsonEvents, { isVerbose }: SessionReporterOptions): SessionReporter {
  const { report } = events;
  const log = jsonLog(events);
  return {
    report(event) {
      if (event.type === 'decision' && isVerbose !== true) return;
      if (isLogEvent(event)) log(event);
      else report(event);
    },
    settle: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}

export function openSessionReporter(
  output: Output,
  events: JsonEvents,
  options: SessionReporterOptions = {},
): SessionReporter {
  if (output.mode === 'json') return jsonSession(events, options);
  const { showsPlan = false, isVerbose = false } = options;
  const column = new ServiceColumn();
  let restarts = new OwnRestarts();
  const push = openPushReporter(output, { showsPlan, column, isVerbose });
  const live = openLiveReporter(output, { column, isVerbose });
  const log = openLogReporter(output, {
    column,
    showsTimes: false,
    isRaw: false,
    isExplained: event => restarts.explains(event),
  });
  return {
    report(event) {
      if (event.type === 'attached') {
        // Starts of the push before it are over: nobody has followed them.
        restarts = new OwnRestarts();
        note(output, renderAttached(event));
        return;
      }
      if (isLogEvent(event)) {
        log(event);
        return;
      }
      restarts.observe(event);
      if (isPushEvent(event)) push.report(event);
      else live(event);
    },
    settle: () => push.settle(),
    [Symbol.dispose]: () => push[Symbol.dispose](),
  };
}
