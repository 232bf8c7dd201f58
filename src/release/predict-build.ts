/** The law: a prediction explains, and decides nothing. What a build takes from its cache is the engine's to say. */
import { createHash } from 'node:crypto';
import { takeEntries } from '../project/context/copied-entries.ts';
import type { BuildStep } from '../project/dockerfile/build-steps.ts';
import type { ContextEntries, KnownRecipe, RememberedBuild, TracedStep } from './desired.ts';
import { nameChanges } from './name-changes.ts';
import type { ObservedRelease } from './observed.ts';
import type { Rerun } from './plan.ts';

type Images = ObservedRelease['images'];

const shortDigest = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);

/** Of this many steps of earlier builds it is known that the engine has them. */
const rememberedKeys = 500;

/** Steps that the engine never looks for in its cache: FROM, and ARG before it. */
const isProbed = ({ keyword, stage }: BuildStep): boolean => keyword !== 'FROM' && stage !== -1;

function takenBy({ sources }: BuildStep, copied: ContextEntries): (readonly [string, string])[] {
  return (sources ?? ['.']).flatMap(source => [...takeEntries(copied, source)]);
}

/**
 * A key for each step, equal when the engine's own would be: made of the step before, the line, the build arguments
 * it sees, and the files it takes.
 */
export function traceBuild(recipe: KnownRecipe, images: Images): TracedStep[] {
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
    const files = shortDigest(takenBy(step, recipe.contents.copied).map(([, digest]) => digest));
    const before = step.keyword === 'FROM' ? '' : (ends.get(stage) ?? '');
    const key = shortDigest(before, step.keyword === 'FROM' ? '' : text, args, files, origin);
    ends.set(stage, key);
    return { key, text, args, files, origin };
  });
}

/** What to remember of a build that has ended well. */
export function rememberBuild(recipe: KnownRecipe, images: Images): RememberedBuild {
  const steps = traceBuild(recipe, images);
  const keys = new Set([...steps.map(({ key }) => key), ...(recipe.formerBuild?.keys ?? [])]);
  return { context: recipe.contents.digest, steps, keys: [...keys].slice(0, rememberedKeys) };
}

interface Changed {
  readonly step: BuildStep;
  readonly now: TracedStep;
  readonly before: TracedStep | undefined;
}

/** `stage build is made anew`, or `the image busybox changed`. */
function tellOrigin({ from }: BuildStep, steps: readonly BuildStep[]): string {
  if (from === undefined) return '';
  if ('image' in from) return `the image ${from.image} changed`;
  const name = steps.find(({ stage, keyword }) => stage === from.stage && keyword === 'FROM')?.text;
  return `stage ${/\sAS\s+(\S+)$/i.exec(name ?? '')?.[1] ?? from.stage.toString()} is made anew`;
}

function causeOf({ step, now, before }: Changed, recipe: KnownRecipe): string {
  if (before?.text !== now.text) return 'the Dockerfile changed here';
  if (before.origin !== now.origin) return tellOrigin(step, recipe.steps);
  const args = Object.keys(now.args).filter(name => before.args[name] !== now.args[name]);
  if (args.length > 0) return `build argument ${args.join(', ')} changed`;
  if (before.files === now.files) return 'the steps before it changed';
  const former = recipe.former?.context === recipe.formerBuild?.context ? recipe.former : undefined;
  if (former === undefined) return 'its files changed';
  const isCopied = (name: string): boolean =>
    recipe.contents.copied.has(name) || !recipe.contents.entries.has(name);
  const copiedBefore = new Map([...former.entries].filter(([name]) => isCopied(name)));
  const names = nameChanges(
    new Map(takenBy(step, copiedBefore)),
    new Map(takenBy(step, recipe.contents.copied)),
  );
  return names === '' ? 'its files changed' : `${names} changed`;
}

/** The steps that the engine will not find in its cache, the first of each stage with its cause; none where nothing is known. */
export function predictReruns(recipe: KnownRecipe, images: Images): Rerun[] {
  const { formerBuild, steps, isCacheUsed } = recipe;
  if (formerBuild === undefined || !isCacheUsed) return [];
  const known = new Set(formerBuild.keys);
  const reruns = new Map<number, Rerun>();
  let startCause: string | undefined;
  for (const [i, now] of traceBuild(recipe, images).entries()) {
    const step = steps[i];
    if (step === undefined) continue;
    const before = formerBuild.steps[i];
    if (step.keyword === 'FROM')
      startCause = before?.key === now.key ? undefined : causeOf({ step, now, before }, recipe);
    if (!isProbed(step) || known.has(now.key)) continue;
    const first = reruns.get(step.stage);
    if (first !== undefined) reruns.set(step.stage, { ...first, further: first.further + 1 });
    else {
      const cause = startCause ?? causeOf({ step, now, before }, recipe);
      // What comes out of a stage that is made anew may be what came out of it before.
      const isCertain = step.keyword === 'FROM' || step.from === undefined || 'image' in step.from;
      const { number, text } = step;
      reruns.set(step.stage, { step: number, instruction: text, cause, isCertain, further: 0 });
    }
  }
  return [...reruns.values()];
}
