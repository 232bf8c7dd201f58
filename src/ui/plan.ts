import { sanitizeLine } from '../core/sanitize.ts';
import type { ContainerStep, Lane, Plan, SharedStep } from '../release/plan.ts';

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
    ...images.map(step => `${step.do} ${step.do === 'build' ? step.service : step.reference}: ${step.cause}`),
    ...shared.map(renderShared),
    ...lanes.flatMap(renderLane),
    ...orphans
      .filter(({ isRemoved }) => isRemoved)
      .map(({ name }) => `remove ${name}: the project has no such service`),
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
