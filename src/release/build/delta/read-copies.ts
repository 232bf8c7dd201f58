/** Reads every COPY and ADD of the context in a build. Throws NextWay if the meaning of one is not certain. */
import type { Engine } from '../../../engine/engine.ts';
import type { ImageDetails } from '../../../engine/objects.ts';
import type { BuildRecipe } from '../../desired/desired.ts';
import type { DeltaPlan } from './choose-way.ts';
import { NextWay } from './next-way.ts';
import { readPlainCopy, type PlainCopy } from './plain-copy.ts';

export interface ReadCopies {
  readonly copies: ReadonlyMap<number, PlainCopy>;
  /** Working directories that the stages have after their steps, by place, where they are known. */
  readonly workingDirectories: ReadonlyMap<number, string>;
}

/** By place: an image with the settings after the step. Steps that the engine has to run have none. */
function settingsImages({ now, stages, formerBuild }: DeltaPlan): Map<number, string> {
  const byKey = new Map(formerBuild.steps.map(({ key, settings }) => [key, settings]));
  const images = new Map<number, string>();
  for (const [place, { key }] of now.entries()) {
    const settings = byKey.get(key);
    if (settings !== undefined) images.set(place, settings);
  }
  for (const { start } of stages)
    if (start.from === 'layer')
      for (const [place, { settings }] of start.former)
        if (settings !== undefined) images.set(place, settings);
  return images;
}

export async function readCopies(
  engine: Pick<Engine, 'findImage'>,
  recipe: BuildRecipe,
  plan: DeltaPlan,
  signal: AbortSignal,
): Promise<ReadCopies> {
  const ids = settingsImages(plan);
  const found = new Map<string, ImageDetails>();
  await Promise.all(
    [...new Set(ids.values())].map(async id => {
      const image = await engine.findImage(id, signal);
      if (image !== undefined) found.set(id, image);
    }),
  );
  const at = (place: number): ImageDetails | undefined => found.get(ids.get(place) ?? '');
  const isRest = new Set(plan.stages.flatMap(({ rest }) => rest));
  const copies = new Map<number, PlainCopy>();
  for (const [place, step] of recipe.steps.entries()) {
    const isOfContext = (step.keyword === 'COPY' || step.keyword === 'ADD') && step.from === undefined;
    const instruction = plan.parsed.instructions[place];
    if (!isOfContext || instruction === undefined) continue;
    const before = at(place - 1);
    if (before === undefined && !isRest.has(place))
      throw new NextWay('the device has not kept the steps of the last build');
    const copy = readPlainCopy(instruction, {
      values: new Map([...Object.entries(step.args), ...Object.entries(before?.environment ?? {})]),
      workingDirectory: before?.workingDirectory ?? '/',
    });
    if (copy === undefined) throw new NextWay(`only the builder can tell what ${step.text} takes`);
    copies.set(place, copy);
  }
  const workingDirectories = new Map(
    [...ids.keys()].map(place => [place, at(place)?.workingDirectory ?? '/'] as const),
  );
  return { copies, workingDirectories };
}
