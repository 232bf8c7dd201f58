import type { DesiredRelease } from './desired.ts';
import type { Plan } from './plan.ts';

/** Every reference that carrying out `plan` may ask a registry for. */
export function registryReferences(plan: Plan, desired: DesiredRelease): string[] {
  const references = plan.images.flatMap(step => {
    const image = desired.services.find(({ service }) => service === step.service)?.image;
    return image?.from === 'build' ? image.recipe.baseImages : [step.reference];
  });
  return [...new Set(references)];
}
