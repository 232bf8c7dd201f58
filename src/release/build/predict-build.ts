/** Predicts which steps of a build the engine has in its cache. A prediction explains; the engine decides. */
import { createHash } from 'node:crypto';
import { takeEntries } from '../../project/context/copied-entries.ts';
import type { BuildStep } from '../../project/dockerfile/evaluate/build-steps.ts';
import type { BuildRecipe } from '../desired/desired.ts';
import type {
  BuildFacts,
  ContextContents,
  ContextEntries,
  RememberedBuild,
  TracedStep,
} from './build-memory.ts';
import { nameChanges } from './name-changes.ts';
import type { ObservedRelease } from '../plan/observed.ts';
import type { Rerun } from '../plan/plan-report.ts';

type Images = ObservedRelease['images'];

const shortDigest = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);

/** Number of steps of earlier builds whose keys are stored. */
const rememberedKeys = 500;

/** False for steps that the engine never caches: FROM, and ARG before it. */
const isProbed = ({ keyword, stage }: BuildStep): boolean => keyword !== 'FROM' && stage !== -1;

function takenBy({ sources }: BuildStep, copied: ContextEntries): (readonly [string, string])[] {
  return (sources ?? ['.']).flatMap(source => [...takeEntries(copied, source)]);
}

/**
 * A key for each step, equal when the engine's own would be: computed from the step before, the line, the build
 * arguments it sees, and the files it takes.
 */
export function traceBuild(
  recipe: Pick<BuildRecipe, 'steps'>,
  { copied }: Pick<ContextContents, 'copied'>,
  images: Images,
): TracedStep[] {
  const ends = new Map<number, string>();
  return recipe.steps.map(step => {
    const { stage, text, from } = step;
    const origin =
      from === undefined
        ? undefined
        : 'stage' in from
          ? ends.get(from.stage)
          : (images.get(from.image)?.id ?? from.image);
    const args = Object.fromEntries(
      Object.entries(step.args).map(([name, value]) => [name, shortDigest(name, value)]),
    );
    const files = shortDigest(takenBy(step, copied).map(([, digest]) => digest));
    const before = step.keyword === 'FROM' ? '' : (ends.get(stage) ?? '');
    const key = shortDigest(before, step.keyword === 'FROM' ? '' : text, args, files, origin);
    ends.set(stage, key);
    return { key, text, args, files, origin };
  });
}

/**
 * Returns the facts to store about a full build that succeeded; `stepImages` has the image after each step, by its
 * number.
 */
export function rememberBuild(
  recipe: Pick<BuildRecipe, 'steps'>,
  { contents, formerBuild }: KnownFacts,
  images: Images,
  stepImages: ReadonlyMap<number, string> = new Map(),
): RememberedBuild {
  const steps = traceBuild(recipe, contents, images).map((step, i) => {
    const image = stepImages.get(recipe.steps[i]?.number ?? 0);
    return { ...step, image, settings: image };
  });
  const keys = new Set([...steps.map(({ key }) => key), ...(formerBuild?.keys ?? [])]);
  return { context: contents.digest, steps, keys: [...keys].slice(0, rememberedKeys) };
}

/** Facts of a context that was read. */
export type KnownFacts = BuildFacts & { readonly contents: ContextContents };

interface Changed {
  readonly step: BuildStep;
  readonly now: TracedStep;
  readonly before: TracedStep | undefined;
}

/** `stage build is rebuilt`, or `the image busybox changed`. */
function describeOrigin({ from }: BuildStep, steps: readonly BuildStep[]): string {
  if (from === undefined) return '';
  if ('image' in from) return `the image ${from.image} changed`;
  const name = steps.find(({ stage, keyword }) => stage === from.stage && keyword === 'FROM')?.text;
  return `stage ${/\sAS\s+(\S+)$/i.exec(name ?? '')?.[1] ?? from.stage.toString()} is rebuilt`;
}

function causeOf({ step, now, before }: Changed, recipe: BuildRecipe, facts: KnownFacts): string {
  if (before?.text !== now.text) return 'the Dockerfile changed here';
  if (before.origin !== now.origin) return describeOrigin(step, recipe.steps);
  const args = Object.keys(now.args).filter(name => before.args[name] !== now.args[name]);
  if (args.length > 0) return `build argument ${args.join(', ')} changed`;
  if (before.files === now.files) return 'the steps before it changed';
  const former = facts.former?.context === facts.formerBuild?.context ? facts.former : undefined;
  if (former === undefined) return 'its files changed';
  const isCopied = (name: string): boolean =>
    facts.contents.copied.has(name) || !facts.contents.entries.has(name);
  const copiedBefore = new Map([...former.entries].filter(([name]) => isCopied(name)));
  const names = nameChanges(
    new Map(takenBy(step, copiedBefore)),
    new Map(takenBy(step, facts.contents.copied)),
  );
  return names === '' ? 'its files changed' : `${names} changed`;
}

/** The steps that the engine will not find in its cache, the first of each stage with its cause; none if nothing is remembered. */
export function predictReruns(recipe: BuildRecipe, facts: KnownFacts, images: Images): Rerun[] {
  const { steps, isCacheUsed } = recipe;
  const { contents, formerBuild } = facts;
  if (formerBuild === undefined || !isCacheUsed) return [];
  const known = new Set(formerBuild.keys);
  const reruns = new Map<number, Rerun>();
  let startCause: string | undefined;
  for (const [i, now] of traceBuild(recipe, contents, images).entries()) {
    const step = steps[i];
    if (step === undefined) continue;
    const before = formerBuild.steps[i];
    if (step.keyword === 'FROM')
      startCause = before?.key === now.key ? undefined : causeOf({ step, now, before }, recipe, facts);
    if (!isProbed(step) || known.has(now.key)) continue;
    const first = reruns.get(step.stage);
    if (first !== undefined) reruns.set(step.stage, { ...first, more: first.more + 1 });
    else {
      const cause = startCause ?? causeOf({ step, now, before }, recipe, facts);
      // A rebuilt stage may have the same files as before.
      const isCertain = step.keyword === 'FROM' || step.from === undefined || 'image' in step.from;
      const { number, text } = step;
      reruns.set(step.stage, { step: number, instruction: text, cause, isCertain, more: 0 });
    }
  }
  return [...reruns.values()];
}
