import { systemClock, type Clock } from '../../core/clock.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { someNames } from '../../core/some-names.ts';
import { formatDuration } from '../../core/units.ts';
import type { LiveEvent } from '../../sync/events.ts';
import { busySyncs } from './busy-syncs.ts';
import { inSyncNews } from './in-sync-news.ts';
import { note, type Output } from '../output.ts';
import type { ServiceColumn } from '../service-column.ts';

export interface LiveReporterOptions {
  readonly column: ServiceColumn;
  /** True to print the action for each path, and its cause. */
  readonly isVerbose: boolean;
  readonly clock?: Clock;
}

const count = (files: number, what: string): string => `${files.toString()} ${what}${files === 1 ? '' : 's'}`;

function renderSynced({
  written,
  removed,
  names,
  durationMs,
}: LiveEvent & { readonly type: 'synced' }): string {
  const what = written === 0 ? 'removed' : removed === 0 ? 'synced' : 'synced and removed';
  return `${what} ${someNames(names, Math.max(written + removed, names.length))} in ${formatDuration(durationMs)}`;
}

function renderRan({
  command,
  exitCode,
  durationMs,
}: LiveEvent & { readonly type: 'command-finished' }): string {
  if (exitCode === 0) return `ran ${command} in ${formatDuration(durationMs)}`;
  return `${command} ${exitCode === null ? 'can not be started' : `fails with status ${exitCode.toString()}`}:`;
}

/** `a, b and c` */
const renderServices = (names: readonly string[]): string =>
  `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;

/** Prints the events of a live session. */
export function openLiveReporter(
  output: Output,
  { column, isVerbose, clock = systemClock }: LiveReporterOptions,
): (event: LiveEvent) => void {
  const of = (service: string, text: string): void =>
    note(output, `${column.prefix(service, output.styleTalk)} ${sanitizeLine(text)}`);
  const newsOf = inSyncNews();
  const howToTell = busySyncs();
  return event => {
    const news = newsOf(event);
    switch (event.type) {
      case 'in-sync':
        if (news !== undefined) of(event.service, news);
        break;
      case 'not-synced':
        of(event.service, `not synced: ${event.cause}`);
        break;
      case 'notice':
        of(event.service, event.message);
        break;
      case 'synced': {
        const telling = howToTell(event, clock.nowMs());
        if (telling !== 'never') of(event.service, renderSynced(event));
        if (telling === 'last')
          of(
            event.service,
            'this keeps changing, so further syncs of it are not shown; `.dockerignore` can exclude it',
          );
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
      case 'command-started':
        of(event.service, `runs ${event.command}`);
        break;
      case 'command-finished':
        of(event.service, renderRan(event));
        if (event.exitCode !== 0) for (const line of event.output) of(event.service, `  ${line}`);
        break;
      case 'command-stopped':
        of(event.service, `ended ${event.command}: what it was started for has changed again`);
        break;
      case 'rebuilding':
        if (event.isProject) note(output, sanitizeLine(`the project is pushed again: ${event.cause}`));
        else for (const service of event.services) of(service, `is built again: ${event.cause}`);
        break;
      case 'rebuild-failed':
        note(output, event.message.split('\n').map(sanitizeLine).join('\n'));
        if (event.services.length > 1) note(output, `${renderServices(event.services)} stay unchanged`);
        else for (const service of event.services) of(service, 'stays unchanged');
        break;
      case 'waiting':
        of(event.service, `waits: ${event.cause}`);
        break;
      case 'sync-failed':
        of(event.service, `stays behind until the next edit: ${event.message}`);
        break;
      case 'sync-paused':
        of(event.service, `pauses: ${event.cause}`);
        of(event.service, 'nothing is removed there until they are back; `os push` accepts the removal');
        break;
      case 'sync-resumed':
        of(event.service, 'goes on');
        break;
      case 'not-in-image': {
        const what = `${count(event.files, 'file')} in the container and not in the image: ${someNames(event.names, event.files)}`;
        const then =
          event.cause === 'edit'
            ? `\`os push\` builds ${event.files === 1 ? 'it' : 'them'} in`
            : 'a rule of develop.watch syncs them';
        of(event.service, `${what}; ${then}`);
        break;
      }
      case 'decision':
        if (isVerbose) of(event.service, `${event.name} ${event.cause}`);
        break;
    }
  };
}
