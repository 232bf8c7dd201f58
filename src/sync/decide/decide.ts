import path from 'node:path';
import type { WatchRule } from '../../project/service.ts';
import { isOutside } from '../tree/names.ts';
import type { Node } from '../tree/node.ts';
import { isArchive } from './copy-step.ts';
import type { CopiedTree, Taken } from './copied-tree.ts';
import type { Decision, Effect } from './decision.ts';
import { findRule, replaysOf, targetByRule } from './watch-rules.ts';
import { findCover, type Recipe } from './read-recipe.ts';

/** All that a service's decisions are made of. */
export interface ServiceRules {
  readonly recipe: Recipe;
  readonly watch: readonly WatchRule[];
  /** Absolute, on this machine. Without a build: what names are relative to. */
  readonly contextDirectory: string;
  /** Absolute names of what decides how the image is built: the Dockerfile, the ignore file. */
  readonly buildFiles: readonly string[];
  /** What a synced file needs to take effect, where no rule says. */
  readonly effect: Effect;
  /** Files in the container that are read once, when it starts: `/entrypoint.sh`. */
  readonly programFiles: readonly string[];
}

/** A context as it is now, and what is made of it. */
export interface Context {
  readonly has: (name: string) => boolean;
  readonly copied: CopiedTree;
  /** Of the stages that the image takes files of. */
  readonly copiedElsewhere: CopiedTree;
}

/** What is to be done about `name`, which is or was of that kind. The first that has a say wins. */
export function decide(rules: ServiceRules, context: Context, name: string, kind: Node['kind']): Decision {
  const file = path.resolve(rules.contextDirectory, name);
  if (rules.buildFiles.includes(file)) return { name, do: 'rebuild', why: 'decides how the image is built' };
  const ruled = byRule(rules, context, name, kind);
  if (ruled !== undefined) return ruled;
  if (isOutside(name)) return { name, do: 'nothing', why: 'falls under no rule of develop.watch' };
  return byRecipe(rules, context, name, kind);
}

function byRule(
  { watch, contextDirectory }: ServiceRules,
  context: Context,
  name: string,
  kind: Node['kind'],
): Decision | undefined {
  const rule = findRule(watch, contextDirectory, name);
  if (rule === undefined) return undefined;
  const by = `by develop.watch (${rule.action})`;
  switch (rule.action) {
    case 'rebuild':
      return { name, do: 'rebuild', why: `is built in ${by}` };
    case 'restart':
      return { name, do: 'restart', why: `starts the service again ${by}` };
    case 'sync':
    case 'sync+restart':
    case 'sync+exec': {
      const target = targetByRule(rule, contextDirectory, { name, kind });
      const replays = replaysOf(rule);
      return {
        ...{ name, do: 'sync', replays },
        why: [`goes to ${target} ${by}`, ...replays.map(({ text }) => `then ${text}`)].join(', '),
        targets: [{ path: target, owner: undefined, source: context.has(name) ? name : undefined }],
        effect: rule.action === 'sync+restart' ? 'restart' : 'none',
        waitsForEdit: rule.isSyncedAtStart === false,
        isBuilt: isTaken(context, name, kind),
      };
    }
  }
}

const isTaken = ({ copied, copiedElsewhere }: Context, name: string, kind: Node['kind']): boolean =>
  !isOutside(name) && [copied, copiedElsewhere].some(it => it.find(name, kind).length > 0);

function byRecipe(rules: ServiceRules, context: Context, name: string, kind: Node['kind']): Decision {
  const taking = context.copied.find(name, kind);
  const elsewhere = context.copiedElsewhere.find(name, kind);
  const stuck = findObstacle(context, [...taking, ...elsewhere], name, kind);
  if (stuck !== undefined) return { name, do: 'rebuild', why: stuck };
  if (taking.length === 0) return { name, do: 'nothing', why: 'is taken by no COPY or ADD' };
  // A later step wins where several put something at the same place.
  const places = [...new Map(taking.map(it => [it.path, it])).values()].map(it => ({
    ...it,
    source: context.copied.nameAt(it.path),
  }));
  // A name that is gone makes place for another, or for nothing.
  const own = places.filter(({ source }) => source === name || !context.has(name));
  const why = places.map(({ path: at, step, source }) => {
    if (source === name || source === undefined) return `goes to ${at} by ${step.text}`;
    return `goes to ${at} by ${step.text}, where ${source === '' ? 'the context' : source} is`;
  });
  if (own.length === 0) return { name, do: 'nothing', why: why.join(', ') };
  const replays = [...new Set(own.flatMap(({ step }) => step.replays))];
  const isStarted = own.some(it => rules.programFiles.includes(it.path));
  const isReloaded = rules.effect === 'none' || own.every(({ step }) => step.isReloaded);
  return {
    ...{ name, do: 'sync', replays },
    why: [why.join(', '), ...replays.map(({ text }) => `then ${text}`)].join(', '),
    targets: own.map(({ path: at, step, source }) => ({ path: at, owner: step.owner, source })),
    effect: isReloaded && !isStarted ? 'none' : 'restart',
    ...{ waitsForEdit: false, isBuilt: true },
  };
}

/** Why what takes `name` can't be done to a running container. */
function findObstacle(
  { copied, copiedElsewhere }: Context,
  taking: readonly Taken[],
  name: string,
  kind: Node['kind'],
): string | undefined {
  const link = kind === 'symlink' ? (copied.through(name) ?? copiedElsewhere.through(name)) : undefined;
  if (link !== undefined) return `is a link that ${link.text} follows`;
  for (const { step, path: at, isSource } of taking) {
    if (step.obstacle !== undefined) return `is taken by ${step.text}, which ${step.obstacle}`;
    if (step.isUnpacking && isSource && kind === 'file' && isArchive(name))
      return `is taken by ${step.text}, which unpacks it`;
    const cover = findCover(step, at);
    if (cover !== undefined) return `goes to ${at} by ${step.text}, where ${cover} puts something too`;
  }
  return undefined;
}
