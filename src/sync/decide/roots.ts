import path from 'node:path';
import type { ServiceRules } from './decide.ts';

/** Places in the container below which everything goes. */
export const rootsOf = ({ recipe, watch }: ServiceRules): string[] => [
  ...recipe.steps.map(it => it.destination),
  ...watch.map(it => path.posix.join('/', it.target ?? '').replace(/(?<=.)\/$/, '')),
];
