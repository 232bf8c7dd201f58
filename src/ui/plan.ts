import { sanitizeLine } from '../core/sanitize.ts';
import type { ContainerStep, ImageStep, Lane, Plan, Rerun, SharedStep } from '../release/plan.ts';

function renderStep(step: ContainerStep): string {
  switch (step.do) {
    case 'rename':
      return `rename ${step.from} to ${step.to}`;
    case 'create': {
      const kept = step.keptVolumes.map(({ destination }) => destination);
      return `create ${step.name}${kept.length === 0 ? '' : `, with what its volumes hold: ${kept.join(', ')}`}`;
    }
    case 'connect':
      return `connect ${step.name} to network ${step.network}`;
    case 'put-files':
      return `put ${step.paths.join(', ')} into ${step.name}`;
    case 'stop':
    case 'start':
    case 'remove':
    case 'restart':
    case 'unpause':
      return `${step.do} ${step.name}`;
  }
}

function renderShared(step: SharedStep): string {
  switch (step.do) {
    case 'create-network':
    case 'create-volume':
    case 'remove-network':
      return `${step.do.replace('-', ' ')} ${step.name}: ${step.cause}`;
    case 'disconnect':
      return `disconnect ${step.container.slice(0, 12)} from network ${step.name}: ${step.cause}`;
  }
}

function renderImage({ do: verb, service, reference, cause, reruns = [] }: ImageStep): string[] {
  const head = `${verb} ${verb === 'build' ? service : reference}: ${cause}`;
  return [head, ...reruns.map(rerun => `  ${renderRerun(rerun)}`)];
}

/** `step 5 COPY . . runs again: src/a.js changed; the 2 after it run too` */
function renderRerun({ step, instruction, cause, isCertain, further }: Rerun): string {
  const runs = isCertain ? 'runs again' : 'may run again';
  const rest =
    further === 0
      ? ''
      : further === 1
        ? '; so does the one after it'
        : `; so do the ${further.toString()} after it`;
  return `step ${step.toString()} ${instruction} ${runs}: ${cause}${rest}`;
}

const conditions = {
  service_started: 'has started',
  service_healthy: 'is healthy',
  service_completed_successfully: 'has done its work',
} as const;

function renderLane({ service, cause, after, steps }: Lane): string[] {
  const waits = after.map(({ service: other, condition }) => `${other} ${conditions[condition]}`);
  const when = waits.length === 0 ? '' : `, after ${waits.join(' and ')}`;
  return [`${service}${when}: ${cause}`, ...steps.map(step => `  ${renderStep(step)}`)];
}

/** A plan as prose, one step a line; `up to date` when there is nothing to do. Names in it are the project's own. */
export function renderPlan({ images, shared, lanes, orphans, notes }: Plan): string {
  const steps = [
    ...images.flatMap(renderImage),
    ...orphans
      .filter(({ isRemoved }) => isRemoved)
      .map(({ name }) => `remove ${name}: the project has no such service`),
    ...shared.map(renderShared),
    ...lanes.flatMap(renderLane),
  ];
  const remarks = [
    ...orphans
      .filter(({ isRemoved }) => !isRemoved)
      .map(({ name }) => `leave ${name}, although the project has no such service`),
    ...notes,
  ];
  return [...(steps.length === 0 ? ['up to date'] : steps), ...remarks]
    .map(line => `${sanitizeLine(line)}\n`)
    .join('');
}
