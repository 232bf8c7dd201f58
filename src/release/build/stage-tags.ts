/**
 * Tags that keep the layers of a build where a supervisor is on the device: `shop-web:os-stage-0`, one for each stage of the
 * Dockerfile. A supervisor removes images without a name each time that it applies a state, and the newest layer of the
 * classic builder and the ends of its stages are such. A tag moves along with its stage, so that there are few of them.
 */
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { BuildRecipe } from '../desired/desired.ts';
import { findSupervisor } from '../running/supervisor.ts';
import { splitReference } from './build-record.ts';

const pattern = /^os-stage-\d+$/;

/** True for a tag that keeps a layer. */
export const isStageTag = (reference: string): boolean => pattern.test(splitReference(reference).tag);

const stageTag = (
  reference: string,
  stage: number,
): { readonly repository: string; readonly tag: string } => ({
  repository: splitReference(reference).repository,
  tag: `os-stage-${stage.toString()}`,
});

export interface StageTags {
  /** Tags `image`, which a step of the Dockerfile made; `step` counts from 1. Returns at once. */
  keep(step: number, image: string): void;
  /** Waits for the tags; after a success it removes those of the last stage and of stages that are gone. */
  end(isSuccess: boolean): Promise<void>;
}

export interface StageTagsOptions {
  readonly engine: Pick<Engine, 'findImage' | 'listContainers' | 'removeImage' | 'tagImage'>;
  readonly reference: string;
  readonly recipe: Pick<BuildRecipe, 'steps'>;
  readonly signal: AbortSignal;
}

/** Opens the tags of one build. Without a supervisor on the device nothing is tagged. */
export function openStageTags({ engine, reference, recipe, signal }: StageTagsOptions): StageTags {
  const latest = new Map<number, string>();
  let isSupervised: Promise<boolean> | undefined;
  let working: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    isSupervised ??= engine.listContainers({}, signal).then(all => findSupervisor(all) !== undefined);
    if (!(await isSupervised)) return;
    for (let next = [...latest]; next.length > 0; next = [...latest])
      for (const [stage, image] of next) {
        if (latest.get(stage) === image) latest.delete(stage);
        await engine.tagImage(image, stageTag(reference, stage), signal).catch(unlessRemoved);
      }
  };
  return {
    keep(step, image) {
      const found = recipe.steps.find(({ number }) => number === step);
      // What FROM has is the base image, which has a name.
      if (found === undefined || found.keyword === 'FROM' || found.stage < 0) return;
      latest.set(found.stage, image);
      working ??= work().finally(() => {
        working = undefined;
      });
      // A failure is thrown by `end`, or there again.
      working.catch(() => undefined);
    },
    async end(isSuccess) {
      await working;
      if (latest.size > 0) await work();
      if (isSupervised === undefined || !(await isSupervised) || !isSuccess) return;
      const last = Math.max(0, ...recipe.steps.map(({ stage }) => stage));
      for (let stage = last; ; stage++) {
        const { repository, tag } = stageTag(reference, stage);
        const name = `${repository}:${tag}`;
        if ((await engine.findImage(name, signal)) !== undefined) await engine.removeImage(name, signal);
        else if (stage > last) return;
      }
    },
  };
}

/** A layer that was removed before it had its tag: the build fails of that, and is repeated. */
function unlessRemoved(error: unknown): void {
  if (!(error instanceof OsError) || (error.code !== 'engine-missing' && error.code !== 'engine-conflict'))
    throw error;
}
