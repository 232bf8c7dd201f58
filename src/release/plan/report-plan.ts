import type { Plan } from './plan.ts';
import type { ContainerStep, ImageStep, PlanReport, ResourceStep } from './plan-report.ts';

function reportStep(step: Plan['services'][number]['steps'][number]): ContainerStep {
  switch (step.action) {
    case 'create': {
      const { action, name, keptVolumes } = step;
      return { action, name, keptVolumes };
    }
    case 'put-files': {
      const { action, name, files } = step;
      return { action, name, paths: files.map(it => it.path) };
    }
    case 'stop':
    case 'remove': {
      const { action, id, name } = step;
      return { action, id, name };
    }
    case 'rename':
    case 'connect':
    case 'start':
    case 'restart':
    case 'unpause':
      return step;
  }
}

function reportResource(step: Plan['resources'][number]): ResourceStep {
  const { action, name, cause } = step;
  if (action === 'remove-network' || action === 'disconnect') return step;
  return { action, name, cause };
}

function reportImage(task: Plan['images'][number]): ImageStep {
  const { action, service, reference, cause } = task;
  if (task.action === 'pull')
    return { action, service, reference, cause, ...(task.isLocal === true ? { isLocal: true } : {}) };
  const { way } = task.facts;
  return {
    action,
    service,
    reference,
    cause,
    ...(way === undefined ? {} : { way: way.way, wayCause: way.cause }),
    ...(task.reruns.length === 0 ? {} : { reruns: task.reruns }),
  };
}

/** The part of `plan` that may be printed. */
export const reportPlan = (plan: Plan): PlanReport => ({
  project: plan.project,
  images: plan.images.map(reportImage),
  resources: plan.resources.map(reportResource),
  services: plan.services.map(({ service, cause, after, steps, undo }) => ({
    service,
    cause,
    after,
    steps: steps.map(reportStep),
    undo: undo.map(reportStep),
  })),
  orphans: plan.orphans,
  notes: plan.notes,
});
