import type { Plan } from './plan.ts';

/** Every reference that carrying out `plan` may ask a registry for. */
export function registryReferences(plan: Plan): string[] {
  const references = plan.images.flatMap(task =>
    task.action === 'build' ? task.recipe.baseImages : [task.reference],
  );
  return [...new Set(references)];
}
