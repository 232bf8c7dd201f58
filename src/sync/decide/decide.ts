import path from 'node:path';
import type { WatchRule } from '../../project/service.ts';
import { isOutside } from '../tree/names.ts';
import type { Node } from '../tree/node.ts';
import { isArchive } from '../recipe/copy-step.ts';
import type { CopiedTree, Taken } from '../recipe/copied-tree.ts';
import type { Decision, Effect, Target } from './decision.ts';
import { findRules, isIgnoredByRule, replaysOf, targetByRule } from './watch-rules.ts';
import { findCover, type Recipe } from '../recipe/read-recipe.ts';
import { findUnrepeatable, repeatsAt } from '../recipe/repeatable-run.ts';

/** Everything that decides about the files of a service. */
export interface ServiceRules {
  readonly recipe: Recipe;
  readonly watch: readonly WatchRule[];
  /** Absolute, on this machine. A service without a build has the directory that names are relative to. */
  readonly contextDirectory: string;
  /** Absolute names of the files that decide how the image is built: the Dockerfile, the ignore file. */
  readonly buildFiles: readonly string[];
  /** The effect that a synced file needs, if no rule says so. */
  readonly effect: Effect;
  /** Files in the container that its program reads once, when it starts: `/entrypoint.sh`. */
  readonly programFiles: readonly string[];
}

/** The context as it is now, and what copies make of it. */
export interface Context {
  readonly has: (name: string) => boolean;
  readonly copied: CopiedTree;
  /** The same for the stages that the image takes files of. */
  readonly copiedElsewhere: CopiedTree;
}

/** Decides about `name`, which is or was of that kind. The build's own files come first, then rules, then the Dockerfile. */
export function decide(rules: ServiceRules, context: Context, name: string, kind: Node['kind']): Decision {
  const file = path.resolve(rules.contextDirectory, name);
  if (rules.buildFiles.includes(file)) return { name, do: 'rebuild', why: 'decides how the image is built' };
  const ruled = byRules(rules, context, name, kind);
  if (ruled !== undefined) return ruled;
  if (isOutside(name)) return { name, do: 'nothing', why: 'falls under no rule of develop.watch' };
  // Compose leaves it alone too; the Dockerfile decides only about paths that no rule names.
  if (isIgnoredByRule(rules.watch, rules.contextDirectory, name))
    return { name, do: 'nothing', why: 'is ignored by develop.watch' };
  return byRecipe(rules, context, name, kind);
}

/** If several rules match, a rebuild comes first as in compose, then syncs, a restart, and commands. */
function byRules(
  { watch, contextDirectory }: ServiceRules,
  context: Context,
  name: string,
  kind: Node['kind'],
): Decision | undefined {
  const rules = findRules(watch, contextDirectory, name);
  if (rules.length === 0) return undefined;
  const by = (action: WatchRule['action']): string => `by develop.watch (${action})`;
  if (rules.some(({ action }) => action === 'rebuild'))
    return { name, do: 'rebuild', why: `is built in ${by('rebuild')}` };
  const restarting = rules.find(({ action }) => action === 'restart' || action === 'sync+restart');
  const syncing = rules.filter(({ action }) => action.startsWith('sync'));
  if (syncing.length === 0) return { name, do: 'restart', why: `restarts the service ${by('restart')}` };
  const replays = syncing.flatMap(replaysOf);
  const places = syncing.map(rule => {
    const at = targetByRule(rule, contextDirectory, { name, kind });
    return { rule, at, why: `goes to ${at} ${by(rule.action)}` };
  });
  const restart = restarting?.action === 'restart' ? [`restarts the service ${by(restarting.action)}`] : [];
  const targets = new Map(
    places.map(({ at, rule }): [string, Target] => [
      at,
      {
        path: at,
        owner: undefined,
        source: context.has(name) ? name : undefined,
        copiesAfter: undefined,
        repeats: [],
        waitsForEdit: rule.isSyncedAtStart === false,
      },
    ]),
  );
  return {
    name,
    do: 'sync',
    replays,
    why: [...places.map(it => it.why), ...restart, ...replays.map(({ text }) => `then ${text}`)].join(', '),
    targets: [...targets.values()],
    effect: restarting === undefined ? 'none' : 'restart',
    isBuilt: isTaken(context, name, kind),
  };
}

const isTaken = ({ copied, copiedElsewhere }: Context, name: string, kind: Node['kind']): boolean =>
  !isOutside(name) && [copied, copiedElsewhere].some(it => it.find(name, kind).length > 0);

function byRecipe(rules: ServiceRules, context: Context, name: string, kind: Node['kind']): Decision {
  const taking = context.copied.find(name, kind);
  const elsewhere = context.copiedElsewhere.find(name, kind);
  const stuck = findObstacle(context, [...taking, ...elsewhere], name, kind);
  if (stuck !== undefined) return { name, do: 'rebuild', why: stuck };
  if (taking.length === 0) return { name, do: 'nothing', why: 'is taken by no COPY or ADD' };
  // If several steps put something at the same path, the last one wins.
  const places = [...new Map(taking.map(it => [it.path, it])).values()].map(it => ({
    ...it,
    source: context.copied.nameAt(it.path),
  }));
  // Another source takes the place of a name that is gone, or nothing does; a directory that other sources go into stays.
  const isHeld = ({ step, path: at, source }: (typeof places)[number]): boolean =>
    source === undefined &&
    (at !== step.destination || context.copied.hasSourceOf(step)) &&
    context.copied.holdsBelow(at);
  const own = places.filter(it => (it.source === name || !context.has(name)) && !isHeld(it));
  const why = places.map(it => {
    const { path: at, step, source } = it;
    if (isHeld(it)) return `goes to ${at} by ${step.text}, where other sources go too`;
    if (source === name || source === undefined) return `goes to ${at} by ${step.text}`;
    return `goes to ${at} by ${step.text}, where ${source === '' ? 'the context' : source} is`;
  });
  if (own.length === 0) return { name, do: 'nothing', why: why.join(', ') };
  const replays = [...new Set(own.flatMap(({ step }) => step.replays))];
  const again = own.flatMap(({ step, path: at }) => repeatsAt(step.repeats, at)).map(({ text }) => text);
  const repeated = [...new Set(again)].map(text => `then ${text} on it alone`);
  const isStarted = own.some(it => rules.programFiles.includes(it.path));
  const isReloaded = rules.effect === 'none' || own.every(({ step }) => step.isReloaded);
  return {
    name,
    do: 'sync',
    replays,
    why: [why.join(', '), ...replays.map(({ text }) => `then ${text}`), ...repeated].join(', '),
    targets: own.map(({ path: at, step: { owner, copiesAfter, repeats }, source }) => ({
      path: at,
      owner,
      source,
      copiesAfter,
      repeats: repeatsAt(repeats, at),
      waitsForEdit: false,
    })),
    effect: isReloaded && !isStarted ? 'none' : 'restart',
    isBuilt: true,
  };
}

/** Returns why a change of `name` can't be made in a running container, if so. */
function findObstacle(
  { copied, copiedElsewhere }: Context,
  taking: readonly Taken[],
  name: string,
  kind: Node['kind'],
): string | undefined {
  const link = kind === 'symlink' ? (copied.through(name) ?? copiedElsewhere.through(name)) : undefined;
  if (link !== undefined) return `is a link that ${link.text} follows`;
  for (const { step, path: at, isSource } of taking) {
    const through = kind === 'symlink' ? copied.goingThrough(at) : undefined;
    if (through !== undefined) return `is a link on the way to where ${through.text} puts files`;
    if (step.obstacle !== undefined) return `is taken by ${step.text}, which ${step.obstacle}`;
    if (step.isUnpacking && isSource && kind === 'file' && isArchive(name))
      return `is taken by ${step.text}, which unpacks it`;
    const unrepeatable = findUnrepeatable(step.repeats, {
      at,
      isGone: copied.nameAt(at) === undefined,
      isLink: kind === 'symlink',
      isDirectory: kind === 'directory',
    });
    const led = step.repeats.find(it => it.paths.some(operand => copied.isBehindLink(operand)));
    const feeding = unrepeatable ?? led;
    if (feeding !== undefined) return `is taken by ${step.text}, which feeds ${feeding.text}`;
    const cover = findCover(step, at);
    if (cover !== undefined) return `goes to ${at} by ${step.text}, where ${cover} puts something too`;
  }
  return undefined;
}
