import { sanitizeLine } from '../core/sanitize.ts';
import { formatBytes, formatDuration } from '../core/units.ts';
import type { PushDone, PushEvent } from '../release/events.ts';
import { note, type Output } from './output.ts';
import { renderPlan } from './plan.ts';
import type { PushReporter, PushReporterOptions } from './push-report.ts';
import { servicePrefix } from './service-prefix.ts';

function renderDone({ outcome, durationMs, sentBytes }: PushDone): string | undefined {
  const took = formatDuration(durationMs);
  switch (outcome) {
    case 'up-to-date':
      return `up to date (${took})`;
    case 'updated':
      return `done in ${took}, ${formatBytes(sentBytes)} sent`;
    case 'built':
      return `built in ${took}, ${formatBytes(sentBytes)} sent`;
    case 'planned':
      return undefined;
  }
}

/** Lines for files, pipes and people: what is built prefixed by its service, then what becomes of the services. */
export function plainPush(output: Output, { showsPlan }: PushReporterOptions): PushReporter {
  let prefix = servicePrefix([], output.styleTalk);
  const of = (service: string, text: string): void =>
    note(output, `${prefix(service)} ${sanitizeLine(text)}`);
  return {
    report(event: PushEvent) {
      switch (event.type) {
        case 'project':
          prefix = servicePrefix(event.services, output.styleTalk);
          note(output, `${event.project} on ${sanitizeLine(event.device)}`);
          break;
        case 'planned':
          if (showsPlan) {
            output.answer(renderPlan(event.plan));
            break;
          }
          for (const { service, cause, reference, do: verb } of event.plan.images)
            of(service, verb === 'build' ? `is built: ${cause}` : `pulls ${reference}: ${cause}`);
          for (const { name } of event.plan.orphans.filter(it => !it.isRemoved))
            note(
              output,
              `${sanitizeLine(name)} belongs to no service of the project: --remove-orphans removes it`,
            );
          break;
        case 'warning':
          if (!showsPlan) note(output, sanitizeLine(event.message));
          break;
        case 'build-step':
          of(
            event.service,
            `step ${event.step.toString()}/${event.of.toString()}: ${event.instruction}${event.cause === undefined ? '' : ` (${event.cause})`}`,
          );
          break;
        case 'build-cached':
          break;
        case 'build-output':
          of(event.service, event.text);
          break;
        case 'built':
          of(
            event.service,
            `built in ${formatDuration(event.durationMs)}, ${event.cachedSteps.toString()} of ${event.steps.toString()} steps from the cache`,
          );
          break;
        case 'build-failed':
        case 'pull-progress':
        case 'upload':
          break;
        case 'pulled':
          note(output, `pulled ${sanitizeLine(event.image)} in ${formatDuration(event.durationMs)}`);
          break;
        case 'service':
          of(
            event.service,
            event.cause === '' || event.state !== 'starting' ? event.state : `starting: ${event.cause}`,
          );
          break;
        case 'url':
          output.answer(`${event.url}\n`);
          break;
        case 'up':
        case 'done': {
          const line = renderDone(event);
          if (line !== undefined) note(output, line);
          break;
        }
      }
    },
    [Symbol.dispose]: () => undefined,
  };
}
