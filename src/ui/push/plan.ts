import { sanitizeLine } from '../../core/sanitize.ts';
import type {
  ContainerStep,
  ImageStep,
  PlanReport,
  Rerun,
  ResourceStep,
  ServiceReport,
} from '../../release/plan/plan-report.ts';

function renderStep(step: ContainerStep): string {
  switch (step.action) {
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
      return `${step.action} ${step.name}`;
  }
}

function renderResource(step: ResourceStep): string {
  switch (step.action) {
    case 'create-network':
    case 'create-volume':
    case 'remove-network':
      return `${step.action.replace('-', ' ')} ${step.name}: ${step.cause}`;
    case 'disconnect':
      return `disconnect ${step.container.slice(0, 12)} from network ${step.name}: ${step.cause}`;
  }
}

function renderImage(step: ImageStep): string[] {
  const { action, service, reference, cause, way, wayCause = '', reruns = [] } = step;
  const verb = step.isLocal === true ? 'send' : action;
  const head = `${verb} ${action === 'build' ? service : reference}: ${cause}`;
  const by = way === undefined ? [] : [`  ${describeWay(way)}: ${wayCause}`];
  return [head, ...by, ...reruns.map(rerun => `  ${renderRerun(rerun)}`)];
}

/** Describes an image that is about to be built, pulled or sent. */
export function describeImageStep({ action, reference, cause, isLocal }: ImageStep): string {
  if (action === 'build') return `building: ${cause}`;
  return `${isLocal === true ? 'sending' : 'pulling'} ${reference}: ${cause}`;
}

/** Describes the way of a build in a few words. */
export function describeWay(way: NonNullable<ImageStep['way']>): string {
  switch (way) {
    case 'full':
      return 'sends the whole context';
    case 'continued':
      return 'starts from the last build';
    case 'layer':
      return 'adds a layer to the last image';
    case 'config':
      return 'changes the configuration of the last image';
    case 'none':
      return 'keeps the last image';
    case 'local':
      return 'builds on this machine';
  }
}

/** `step 5 COPY . . runs again: src/a.js changed; the 2 after it run too` */
function renderRerun({ step, instruction, cause, isCertain, more }: Rerun): string {
  const runs = isCertain ? 'runs again' : 'may run again';
  const rest =
    more === 0 ? '' : more === 1 ? '; so does the one after it' : `; so do the ${more.toString()} after it`;
  return `step ${step.toString()} ${instruction} ${runs}: ${cause}${rest}`;
}

const conditions = {
  service_started: 'has started',
  service_healthy: 'is healthy',
  service_completed_successfully: 'has done its work',
} as const;

function renderService({ service, cause, after, steps }: ServiceReport): string[] {
  const waits = after.map(({ service: other, condition }) => `${other} ${conditions[condition]}`);
  const when = waits.length === 0 ? '' : `, after ${waits.join(' and ')}`;
  return [`${service}${when}: ${cause}`, ...steps.map(step => `  ${renderStep(step)}`)];
}

/** A plan as prose, one step a line; `up to date` when there is nothing to do. Names in it are the project's own. */
export function renderPlan({ images, resources, services, orphans, notes }: PlanReport): string {
  const steps = [
    ...images.flatMap(renderImage),
    ...orphans
      .filter(({ isRemoved }) => isRemoved)
      .map(({ name }) => `remove ${name}: the project has no such service`),
    ...resources.map(renderResource),
    ...services.flatMap(renderService),
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
