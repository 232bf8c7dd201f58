import type { ServiceRules } from './decide.ts';
import { rootOfRule } from './watch-rules.ts';

/** Places in the container below which everything goes. */
export const rootsOf = ({ recipe, watch }: ServiceRules): string[] => [
  ...recipe.steps.map(it => it.destination),
  ...watch.map(rootOfRule),
];
