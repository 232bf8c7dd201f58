import type { WatchRule } from '../../project/service.ts';
import { findTarget } from './copy-step.ts';
import type { Decision, Effect, Target } from './decision.ts';
import { findRule, targetByRule } from './watch-rules.ts';
import type { Recipe } from './read-recipe.ts';

/** All that a service's decisions are made of. */
export interface ServiceRules {
  readonly recipe: Recipe;
  readonly watch: readonly WatchRule[];
  /** Absolute, on this machine. */
  readonly contextDirectory: string;
  /** Names in the context that decide how the image is built: the Dockerfile, the ignore file. */
  readonly buildFiles: readonly string[];
  /** What a synced file needs to take effect, where no rule says. */
  readonly effect: Effect;
}

/** What is to be done about `name`, which is or was a directory or not. The first that has a say wins. */
export function decide(rules: ServiceRules, name: string, isDirectory: boolean): Decision {
  if (rules.buildFiles.includes(name)) return { name, do: 'rebuild', why: 'decides how the image is built' };
  return byRule(rules, name) ?? byRecipe(rules, name, isDirectory);
}

function byRule(rules: ServiceRules, name: string): Decision | undefined {
  const rule = findRule(rules.watch, rules.contextDirectory, name);
  if (rule === undefined) return undefined;
  const by = `by develop.watch (${rule.action})`;
  switch (rule.action) {
    case 'rebuild':
      return { name, do: 'rebuild', why: `is built in ${by}` };
    case 'restart':
      return { name, do: 'restart', why: `starts the service again ${by}` };
    case 'sync':
    case 'sync+restart': {
      const path = targetByRule(rule, rules.contextDirectory, name);
      const effect = rule.action === 'sync' ? 'none' : 'restart';
      return {
        name,
        do: 'sync',
        targets: [{ path, owner: undefined }],
        effect,
        why: `goes to ${path} ${by}`,
      };
    }
    default:
      return { name, do: 'rebuild', why: `is built in, as live sync knows no ${rule.action}` };
  }
}

function byRecipe({ recipe, effect }: ServiceRules, name: string, isDirectory: boolean): Decision {
  const taking = recipe.steps.flatMap(step => {
    const path = findTarget(step, name, isDirectory);
    return path === undefined ? [] : [{ step, path }];
  });
  const stuck = taking.find(({ step }) => step.obstacle !== undefined)?.step;
  if (stuck !== undefined)
    return { name, do: 'rebuild', why: `is taken by ${stuck.text}, which ${stuck.obstacle ?? ''}` };
  // A later step wins where several put something at the same place.
  const targets = new Map<string, Target & { by: string }>();
  for (const { step, path } of taking) targets.set(path, { path, owner: step.owner, by: step.text });
  if (targets.size === 0) return { name, do: 'nothing', why: 'is taken by no COPY or ADD' };
  const why = [...targets.values()].map(({ path, by }) => `goes to ${path} by ${by}`).join(', ');
  return {
    name,
    do: 'sync',
    targets: [...targets.values()].map(({ path, owner }) => ({ path, owner })),
    ...{ effect, why },
  };
}
