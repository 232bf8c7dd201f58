import { sanitizeLine } from '../core/sanitize.ts';
import { formatBytes, formatDuration } from '../core/units.ts';
import type { PushDone, PushEvent } from '../release/events.ts';
import { describeLargeContext } from './large-context.ts';
import type { Output } from './output.ts';
import { renderPlan } from './plan.ts';
import type { PushReporterOptions } from './push-report.ts';
import { servicePrefix } from './service-prefix.ts';

/** Lines of a push: some are the answer, others talk. Neither ends in a newline. */
export interface PushLines {
  readonly answer?: string;
  readonly talk?: readonly string[];
}

function renderDone({ outcome, durationMs, sentBytes }: PushDone): string[] {
  const took = formatDuration(durationMs);
  switch (outcome) {
    case 'up-to-date':
      return [`up to date (${took})`];
    case 'updated':
      return [`done in ${took}, ${formatBytes(sentBytes)} sent`];
    case 'built':
      return [`built in ${took}, ${formatBytes(sentBytes)} sent`];
    case 'planned':
      return [];
  }
}

/** Events to lines: what is built prefixed by its service, then what becomes of the services. */
export function pushLines(
  { showsPlan, services = [], told = new Set() }: PushReporterOptions,
  style: Output['styleTalk'],
): (event: PushEvent) => PushLines {
  let prefix = servicePrefix(services, style);
  const of = (service: string, ...texts: string[]): PushLines => ({
    talk: texts.map(text => `${prefix(service)} ${sanitizeLine(text)}`),
  });
  const once = (remarks: readonly string[]): string[] => {
    const fresh = remarks.filter(it => !told.has(it));
    for (const it of fresh) told.add(it);
    return fresh;
  };
  return event => {
    switch (event.type) {
      case 'project':
        prefix = servicePrefix(event.services, style);
        return { talk: [`${sanitizeLine(event.project)} on ${sanitizeLine(event.device)}`] };
      case 'planned': {
        if (showsPlan) return { answer: renderPlan(event.plan).trimEnd() };
        const { images, orphans } = event.plan;
        const causes = images.flatMap(
          ({ service, cause, reference, do: verb }) =>
            of(service, verb === 'build' ? `is built: ${cause}` : `pulls ${reference}: ${cause}`).talk ?? [],
        );
        const left = orphans.filter(({ isRemoved }) => !isRemoved);
        const remarks = left.map(
          ({ name }) =>
            `${sanitizeLine(name)} belongs to no service of the project: --remove-orphans removes it`,
        );
        return { talk: [...causes, ...once(remarks)] };
      }
      case 'warning':
        return showsPlan ? {} : { talk: once([sanitizeLine(event.message)]) };
      case 'large-context':
        return of(event.service, ...describeLargeContext(event));
      case 'build-step': {
        const { service, step, of: all, instruction, cause } = event;
        const why = cause === undefined ? '' : ` (${cause})`;
        return of(service, `step ${step.toString()}/${all.toString()}: ${instruction}${why}`);
      }
      case 'build-output':
        return of(event.service, event.text);
      case 'built': {
        const { service, durationMs, cachedSteps, steps } = event;
        const cached = `${cachedSteps.toString()} of ${steps.toString()} steps from the cache`;
        return of(service, `built in ${formatDuration(durationMs)}, ${cached}`);
      }
      case 'pulling':
        return { talk: [`pulling ${sanitizeLine(event.image)}`] };
      case 'pulled':
        return { talk: [`pulled ${sanitizeLine(event.image)} in ${formatDuration(event.durationMs)}`] };
      case 'service': {
        const { service, state, cause } = event;
        return of(service, cause === '' || state !== 'starting' ? state : `starting: ${cause}`);
      }
      case 'url':
        return { answer: event.url };
      case 'up':
      case 'done':
        return { talk: renderDone(event) };
      case 'build-cached':
      case 'build-failed':
      case 'pull-progress':
      case 'upload':
        return {};
    }
  };
}

/** Writes `lines` where they belong. */
export function writeLines(output: Output, { answer, talk = [] }: PushLines): void {
  if (answer !== undefined) output.answer(`${answer}\n`);
  if (!output.isQuiet && talk.length > 0) output.talk(talk.map(line => `${line}\n`).join(''));
}
