/** Changes below a volume of a base image, which the two builders treat differently; who has that image knows its volumes. */
import path from 'node:path';
import { placesIn } from '../../project/dockerfile/check-classic.ts';
import { evaluateDockerfile, findTarget } from '../../project/dockerfile/evaluate/evaluate-dockerfile.ts';
import { parseDockerfile } from '../../project/dockerfile/parse/parse-dockerfile.ts';
import { declaredVolumes, rootOf, warnOfBaseVolumes } from '../../project/dockerfile/warn-of-differences.ts';
import { formatProblem, Problems } from '../../project/problem.ts';
import type { ObservedRelease } from './observed.ts';
import type { BuildTask } from './plan.ts';

type Recipe = BuildTask['recipe'];

const evaluated = ({ build }: Recipe): ReturnType<typeof evaluateDockerfile> =>
  evaluateDockerfile(parseDockerfile(build.dockerfile.text), { buildArgs: build.args });

function describe(
  { service, recipe }: Pick<BuildTask, 'service' | 'recipe'>,
  volumes: ReadonlyMap<string, readonly string[]>,
): string[] {
  const { dockerfile, contextDirectory } = recipe.build;
  const problems = new Problems();
  const options = { placeAt: placesIn(dockerfile), place: recipe.place, volumes };
  warnOfBaseVolumes(evaluated(recipe), options, problems);
  return problems.warnings.map(it => `${service}: ${formatProblem(it, contextDirectory)}`);
}

/** Returns a line for each RUN below a volume of a base image in `images`. */
export function describeBaseVolumes(
  task: Pick<BuildTask, 'service' | 'recipe'>,
  images: Pick<ObservedRelease['images'], 'get'>,
): string[] {
  const volumes = new Map<string, readonly string[]>();
  for (const base of task.recipe.baseImages) {
    const found = images.get(base)?.volumes ?? [];
    if (found.length > 0) volumes.set(base, found);
  }
  return volumes.size === 0 ? [] : describe(task, volumes);
}

/** The same after a build, for a base image that was unknown before: what the image has and its Dockerfile does not declare. */
export function describeBuiltVolumes(
  task: Pick<BuildTask, 'service' | 'recipe'>,
  built: readonly string[],
  known: Pick<ObservedRelease['images'], 'has'>,
): string[] {
  if (built.length === 0) return [];
  const dockerfile = evaluated(task.recipe);
  const { stages } = dockerfile;
  const last = stages[findTarget(stages, task.recipe.build.target)];
  const base = last === undefined ? '' : rootOf(last, stages).image;
  const own = declaredVolumes(dockerfile);
  const volumes = built.filter(it => !own.has(path.posix.resolve('/', it)));
  return volumes.length === 0 || known.has(base) ? [] : describe(task, new Map([[base, volumes]]));
}
