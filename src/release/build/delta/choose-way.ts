/**
 * Chooses the cheapest way that may produce an image, from this machine's memory alone. Sends no request to the engine.
 */
import {
  parseDockerfile,
  type ParsedDockerfile,
} from '../../../project/dockerfile/parse/parse-dockerfile.ts';
import type { BuildRecipe } from '../../desired/desired.ts';
import type { ObservedRelease } from '../../plan/observed.ts';
import { findRecord } from '../../plan/plan-images.ts';
import type {
  BuildFacts,
  BuildWay,
  ContextContents,
  RememberedBuild,
  RememberedContext,
  TracedStep,
} from '../build-memory.ts';
import { traceBuild } from '../predict-build.ts';
import { readSettings, type Change } from './image-settings.ts';
import { causeOfFullBuild, planStages, type StagePlan } from './plan-stages.ts';

/** A build of which a part can be taken from the last one. */
export interface DeltaPlan {
  readonly parsed: ParsedDockerfile;
  readonly now: readonly TracedStep[];
  readonly stages: readonly StagePlan[];
  readonly contents: ContextContents;
  /** Context of the last build. */
  readonly former: RememberedContext;
  readonly formerBuild: RememberedBuild;
  /** Changes of the configuration by the remaining steps, if they do nothing else. */
  readonly settings?: Change | undefined;
}

export type ChosenWay =
  | { readonly way: 'full'; readonly cause: string }
  | { readonly way: Exclude<BuildWay, 'full'>; readonly cause: string; readonly plan: DeltaPlan };

const full = (cause: string): ChosenWay => ({ way: 'full', cause });

const sameStart = ({ steps }: BuildRecipe, { steps: former }: RememberedBuild): boolean => {
  const globals = steps.filter(({ stage }) => stage === -1);
  return (
    globals.every(({ text }, i) => former[i]?.text === text) &&
    /^FROM\s/i.test(former[globals.length]?.text ?? '')
  );
};

export function chooseWay(
  reference: string,
  recipe: BuildRecipe,
  { contents, former, formerBuild }: BuildFacts,
  images: ObservedRelease['images'],
): ChosenWay {
  const parsed = parseDockerfile(recipe.build.dockerfile.text);
  const cause = causeOfFullBuild(recipe, parsed);
  if (cause !== undefined) return full(cause);
  const record = findRecord(reference, former, images);
  if (record === undefined) return full('the device has no image of it that os built');
  if (
    contents === undefined ||
    former?.context.startsWith(record.context) !== true ||
    formerBuild?.context !== former.context
  )
    return full('this machine does not know how the last image was built');
  if (!recipe.digests.options.startsWith(record.options)) return full('its build options changed');
  if (recipe.digests.variant !== record.variant) return full('its Dockerfile is another for live sync');
  if (former.entries.get('.dockerignore') !== contents.entries.get('.dockerignore'))
    return full('its ignore file changed');
  const triggering = recipe.baseImages.find(base => (images.get(base)?.onBuild.length ?? 0) > 0);
  if (triggering !== undefined) return full(`its base image ${triggering} has ONBUILD`);
  if (!sameStart(recipe, formerBuild)) return full('its Dockerfile changed before the first FROM');
  const now = traceBuild(recipe, contents, images);
  const stages = planStages(recipe, now, formerBuild.steps);
  const plan = { parsed, now, stages, contents, former, formerBuild };
  const rest = stages.flatMap(it => it.rest);
  if (stages.every(({ start }) => start.from === 'instruction'))
    return full('nothing of the last build can be used');
  const [next] = rest;
  if (next !== undefined) {
    const { number, text } = recipe.steps[next] ?? { number: 0, text: '' };
    const settings = settingsOfRest(parsed, recipe, stages);
    if (settings !== undefined)
      return {
        way: 'config',
        cause: `only the configuration changes, from step ${number.toString()} ${text} on`,
        plan: { ...plan, settings },
      };
    return { way: 'continued', cause: `it goes on with step ${number.toString()} ${text}`, plan };
  }
  const last = stages.at(-1)?.start;
  if (last?.from !== 'instruction' && last?.isFormerEnd !== true)
    return { way: 'config', cause: 'its last steps are gone', plan: { ...plan, settings: it => it } };
  return stages.some(({ start }) => start.from === 'layer')
    ? { way: 'layer', cause: 'no later step reads the files that changed', plan }
    : { way: 'none', cause: 'no step takes the files that changed', plan };
}

/** Reads the changes of the configuration by the remaining steps of the last stage; undefined if they do anything else. */
function settingsOfRest(
  { instructions }: ParsedDockerfile,
  { steps }: BuildRecipe,
  stages: readonly StagePlan[],
): Change | undefined {
  const last = stages.at(-1);
  if (last === undefined || last.start.from === 'instruction') return undefined;
  if (stages.slice(0, -1).some(({ rest }) => rest.length > 0)) return undefined;
  const { stage, start, rest } = last;
  const done = [...steps.keys()].filter(place => steps[place]?.stage === stage && place <= start.after);
  return readSettings(instructions, { done, rest });
}
