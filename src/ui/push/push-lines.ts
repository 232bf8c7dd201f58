import { sanitizeLine } from '../../core/sanitize.ts';
import { formatBytes, formatDuration } from '../../core/units.ts';
import type { PushDone, PushEvent } from '../../release/apply/events.ts';
import { describeLargeContext } from './large-context.ts';
import { wrapTalk, type Output } from '../output.ts';
import { terminalLine } from '../terminal-line.ts';
import { describeImageStep, describeWay, renderPlan } from './plan.ts';
import type { PushReporterOptions } from './push-report.ts';

/** Lines of a push, without their newlines: the answer goes to stdout, talk and what a build step prints to stderr. */
export interface PushLines {
  readonly answer?: string;
  readonly talk?: readonly string[];
  readonly stepOutput?: string;
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

const toLines = (message: string): string[] => message.split('\n').map(sanitizeLine);

/** Renders the events of a push as lines, each with the service it is about. */
export function pushLines(
  { showsPlan, column, isVerbose = false }: PushReporterOptions,
  style: Output['styleTalk'],
): (event: PushEvent) => PushLines {
  const printed = new Set<string>();
  /** Of a plan that is the answer, until it comes. */
  const warnings: string[] = [];
  /** By service, the step of the next output: a service may print the same words later. */
  const steps = new Map<string, string>();
  const of = (service: string, ...texts: string[]): PushLines => ({
    talk: texts.map(text => `${column.prefix(service, style)} ${sanitizeLine(text)}`),
  });
  const once = (remarks: readonly string[]): string[] => {
    const fresh = remarks.filter(it => !printed.has(it));
    for (const it of fresh) printed.add(it);
    return fresh;
  };
  return event => {
    switch (event.type) {
      case 'project':
        column.expect(event.services);
        return { talk: [`${sanitizeLine(event.project)} on ${sanitizeLine(event.device)}`] };
      case 'planned': {
        const { images, orphans, notes } = event.plan;
        // The plan has its own notes at its end.
        if (showsPlan)
          return {
            talk: once(warnings.filter(it => !notes.includes(it))).flatMap(toLines),
            answer: renderPlan(event.plan).trimEnd(),
          };
        const causes = images.flatMap(step => of(step.service, describeImageStep(step)).talk ?? []);
        const remarks = orphans.map(({ name, isRemoved }) =>
          isRemoved
            ? `removing ${sanitizeLine(name)}: the project has no such service`
            : `${sanitizeLine(name)} belongs to no service of the project; --remove-orphans removes it`,
        );
        return { talk: [...causes, ...once(remarks)] };
      }
      case 'warning':
        if (showsPlan) {
          warnings.push(event.message);
          return {};
        }
        return { talk: once([event.message]).flatMap(toLines) };
      case 'large-context':
        return of(event.service, ...describeLargeContext(event));
      case 'build-way':
        return isVerbose ? of(event.service, `${describeWay(event.way)}: ${event.cause}`) : {};
      case 'build-step': {
        const { service, step, of: all, instruction, cause } = event;
        const why = cause === undefined ? '' : ` (${cause})`;
        const place = `${step.toString()}/${all.toString()}`;
        steps.set(service, place);
        return of(service, `step ${place}: ${instruction}${why}`);
      }
      case 'build-output':
        return {
          stepOutput: `${column.prefix(event.service, style)} ${sanitizeLine(
            `[${steps.get(event.service) ?? 'build'}] ${terminalLine(event.text)}`,
          )}`,
        };
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
      case 'volume-copy': {
        const { state, from, to, sizeBytes } = event;
        if (state === 'copying' && sizeBytes > 0) return {};
        const size = state === 'copied' ? ` (${formatBytes(sizeBytes)})` : '';
        return { talk: [sanitizeLine(`${state} volume ${from} to ${to}${size}`)] };
      }
      case 'update-lock':
        return { talk: [sanitizeLine(event.message)] };
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

/** Writes `lines` to their streams. */
export function writeLines(output: Output, { answer, talk = [], stepOutput }: PushLines): void {
  if (answer !== undefined) output.answer(`${answer}\n`);
  const lines = [
    ...talk.map(line => wrapTalk(output, line)),
    ...(stepOutput === undefined ? [] : [stepOutput]),
  ];
  if (!output.isQuiet && lines.length > 0) output.talk(lines.map(line => `${line}\n`).join(''));
}
