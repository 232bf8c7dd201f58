/**
 * Decides which steps of a build are already in images of the last one. Pure: uses this machine's memory, and sends no
 * request to the engine.
 */
import type { ParsedDockerfile } from '../../../project/dockerfile/parse/parse-dockerfile.ts';
import type { BuildRecipe } from '../../desired/desired.ts';
import type { BuildStep } from '../../../project/dockerfile/evaluate/build-steps.ts';
import type { TracedStep } from '../build-memory.ts';

/** Steps that change only the image's configuration, and WORKDIR. */
const settingKeywords = new Set([
  'ARG',
  'CMD',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'HEALTHCHECK',
  'LABEL',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
]);

/** Start of a stage of the continued build. Steps are numbered by their place in the recipe. */
export type StageStart =
  /** Starts with its own FROM: no image of it exists. */
  | { readonly from: 'instruction' }
  /** Starts with the image after the step `after`, whose id is `image`. */
  | {
      readonly from: 'image';
      readonly after: number;
      readonly image: string;
      /** True if it was the last step of the last build: the service's image is that one, with its labels. */
      readonly isFormerEnd: boolean;
    }
  /**
   * With the image that the last build had after the step `after`, and one layer on top: files of the COPYs from `first` to
   * `after` changed, and no step between them reads files of the image.
   */
  | {
      readonly from: 'layer';
      readonly first: number;
      readonly after: number;
      /** The image before `first`. */
      readonly before: string;
      /** The former image after `after`. */
      readonly image: string;
      readonly isFormerEnd: boolean;
      /** Former steps, by the place of those of now. */
      readonly former: ReadonlyMap<number, TracedStep>;
    };

export interface StagePlan {
  readonly stage: number;
  readonly start: StageStart;
  /** Steps that the engine has to run. */
  readonly rest: readonly number[];
}

/** True for steps that read no files of the image. */
const isBlind = (step: BuildStep | undefined): boolean =>
  step !== undefined &&
  (step.keyword === 'COPY' || step.keyword === 'ADD' || settingKeywords.has(step.keyword));

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export function planStages(
  { steps }: Pick<BuildRecipe, 'steps'>,
  now: readonly TracedStep[],
  former: readonly TracedStep[],
): StagePlan[] {
  const formerPlace = new Map(former.map(({ key }, place) => [key, place]));
  const stages = [...new Set(steps.map(({ stage }) => stage))].filter(stage => stage >= 0);
  return stages.map(stage => {
    const places = [...steps.keys()].filter(place => steps[place]?.stage === stage);
    const keyAt = (i: number): string => now[places[i] ?? -1]?.key ?? '';
    const missed = places.findIndex((_, i) => !formerPlace.has(keyAt(i)));
    const done = missed === -1 ? places.length : missed;
    const imageAt = (i: number): string | undefined => former[formerPlace.get(keyAt(i)) ?? -1]?.image;
    // Of the steps of a delta only the last one has an image: those before it are part of the next delta.
    let known = done - 1;
    while (known > 0 && imageAt(known) === undefined && isBlind(steps[places[known] ?? -1])) known -= 1;
    const last = places[known];
    const lastFormer = formerPlace.get(keyAt(known));
    const image = imageAt(known);
    if (last === undefined || lastFormer === undefined || image === undefined)
      return { stage, start: { from: 'instruction' }, rest: places.slice(1) };
    const start = {
      from: 'image',
      after: last,
      image,
      isFormerEnd: lastFormer === former.length - 1,
    } as const;
    if (done === places.length && known === done - 1) return { stage, start, rest: [] };
    const run = findRun({ steps, now, former, places }, known + 1, lastFormer + 1);
    const [after, formerAfter] = [...run].findLast(([, it]) => it.image !== undefined) ?? [];
    if (after === undefined || formerAfter?.image === undefined)
      return { stage, start, rest: places.slice(known + 1) };
    return {
      stage,
      start: {
        from: 'layer',
        first: places[known + 1] ?? after,
        after,
        before: image,
        image: formerAfter.image,
        isFormerEnd: formerAfter === former.at(-1),
        former: run,
      },
      rest: places.slice(places.indexOf(after) + 1),
    };
  });
}

interface Compared {
  readonly steps: BuildRecipe['steps'];
  readonly now: readonly TracedStep[];
  readonly former: readonly TracedStep[];
  /** Places of the stage's steps. */
  readonly places: readonly number[];
}

/** The steps from the first missed one on that are written as before and read no files of the image, with the former ones. */
function findRun(
  { steps, now, former, places }: Compared,
  start: number,
  formerStart: number,
): Map<number, TracedStep> {
  const run = new Map<number, TracedStep>();
  for (let i = start; i < places.length; i++) {
    const place = places[i] ?? -1;
    const [step, traced, before] = [steps[place], now[place], former[formerStart + i - start]];
    if (step === undefined || traced === undefined || before === undefined) break;
    const isSame =
      traced.text === before.text &&
      traced.origin === before.origin &&
      sameJson(traced.args, before.args) &&
      step.keyword !== 'FROM';
    if (!isSame || !isBlind(step)) break;
    run.set(place, before);
  }
  return run;
}

/** Returns the reason why no part of a build can be taken from the last one; undefined if it can be tried. */
export function causeOfFullBuild(
  recipe: BuildRecipe,
  { instructions, stages }: ParsedDockerfile,
): string | undefined {
  const { build } = recipe;
  if (!recipe.isCacheUsed) return 'it is built without the cache';
  if (recipe.isPulled) return 'its base images are pulled again';
  if (build.secrets.length > 0) return 'it has build secrets';
  if (build.cacheFrom.length > 0) return 'it has cache_from';
  if (instructions.some(({ hasHeredoc }) => hasHeredoc)) return 'its Dockerfile has here-documents';
  if (instructions.some(({ keyword }) => keyword === 'ONBUILD')) return 'its Dockerfile has ONBUILD';
  if (stages.length === 0 || recipe.steps.length === 0) return 'its Dockerfile has no stage';
  return undefined;
}
