import { systemClock, type Clock } from '../core/clock.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { someNames } from '../core/some-names.ts';
import { formatDuration } from '../core/units.ts';
import type { LiveEvent } from '../sync/events.ts';
import { busySyncs } from './busy-syncs.ts';
import { inSyncNews } from './in-sync-news.ts';
import { renderJsonEvent } from './json-event.ts';
import { note, type Output } from './output.ts';
import { servicePrefix } from './service-prefix.ts';

export interface LiveReporterOptions {
  /** Names to be expected, for the width of the column. */
  readonly services: readonly string[];
  /** Tells of every path what is done about it and why. */
  readonly isVerbose: boolean;
  readonly clock?: Clock;
}

const count = (files: number, what: string): string => `${files.toString()} ${what}${files === 1 ? '' : 's'}`;

function renderSynced({ written, removed, names, durationMs }: LiveEvent & { type: 'synced' }): string {
  const what = written === 0 ? 'removed' : removed === 0 ? 'synced' : 'synced and removed';
  return `${what} ${someNames(names, Math.max(written + removed, names.length))} in ${formatDuration(durationMs)}`;
}

function renderRan({ command, exitCode, durationMs }: LiveEvent & { type: 'ran' }): string {
  if (exitCode === 0) return `ran ${command} in ${formatDuration(durationMs)}`;
  return `${command} ${exitCode === null ? 'can not be started' : `fails with status ${exitCode.toString()}`}:`;
}

/** `a, b and c` */
const renderServices = (names: readonly string[]): string =>
  `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;

function plainLive(
  output: Output,
  { services, isVerbose, clock = systemClock }: LiveReporterOptions,
): (event: LiveEvent) => void {
  const prefix = servicePrefix(services, output.styleTalk);
  const of = (service: string, text: string): void =>
    note(output, `${prefix(service)} ${sanitizeLine(text)}`);
  const newsOf = inSyncNews();
  const howToTell = busySyncs();
  return event => {
    const news = newsOf(event);
    switch (event.type) {
      case 'watching':
        if (news !== undefined) of(event.service, news);
        break;
      case 'unwatched':
        of(event.service, `not synced: ${event.cause}`);
        break;
      case 'noticed':
        of(event.service, event.message);
        break;
      case 'synced': {
        const telling = howToTell(event, clock.nowMs());
        if (telling !== 'never') of(event.service, renderSynced(event));
        if (telling === 'last')
          of(event.service, 'this changes all the time and is told no more: `.dockerignore` keeps it out');
        break;
      }
      case 'restarting':
        // Told when it is done.
        break;
      case 'restarted': {
        const hint = event.isKilled ? '; it did not end by itself: `init: true` may help' : '';
        of(event.service, `started again in ${formatDuration(event.durationMs)}${hint}`);
        break;
      }
      case 'running':
        of(event.service, `runs ${event.command}`);
        break;
      case 'ran':
        of(event.service, renderRan(event));
        if (event.exitCode !== 0) for (const line of event.output) of(event.service, `  ${line}`);
        break;
      case 'aborted':
        of(event.service, `ended ${event.command}: what it was started for has changed again`);
        break;
      case 'rebuilding':
        if (event.isProject) note(output, sanitizeLine(`the project is pushed again: ${event.cause}`));
        else for (const service of event.services) of(service, `is built again: ${event.cause}`);
        break;
      case 'rebuild-failed':
        note(output, event.message.split('\n').map(sanitizeLine).join('\n'));
        if (event.services.length > 1) note(output, `${renderServices(event.services)} stay as they are`);
        else for (const service of event.services) of(service, 'stays as it is');
        break;
      case 'waiting':
        of(event.service, `waits: ${event.cause}`);
        break;
      case 'failed':
        of(event.service, `stays behind until the next edit: ${event.message}`);
        break;
      case 'paused':
        of(event.service, `pauses: ${event.cause}`);
        of(event.service, 'nothing is removed there until they are back; `os push` takes it as it is');
        break;
      case 'resumed':
        of(event.service, 'goes on');
        break;
      case 'unbuilt':
        of(
          event.service,
          `${count(event.files, 'file')} not as in the image: ${someNames(event.names, event.files)}; \`os push\` builds ${event.files === 1 ? 'it' : 'them'} in`,
        );
        break;
      case 'brought':
        of(
          event.service,
          `${count(event.files, 'file')} in no image: ${someNames(event.names, event.files)}; a live session brings ${event.files === 1 ? 'it' : 'them'} to another container`,
        );
        break;
      case 'decided':
        if (isVerbose) of(event.service, `${event.name} ${event.why}`);
        break;
    }
  };
}

/** Prints a live session as it goes; with `--json` one event a line. */
export const openLiveReporter = (
  output: Output,
  options: LiveReporterOptions,
): ((event: LiveEvent) => void) =>
  output.mode === 'json'
    ? event => {
        if (event.type !== 'decided' || options.isVerbose) output.answer(renderJsonEvent(event));
      }
    : plainLive(output, options);
