/** How what a device runs differs from the sources of its project: what a push would do, told finely. Nothing is touched. */
import { readContexts } from './build-recipe.ts';
import type { DesiredService } from './desired.ts';
import { observeRelease } from './observe.ts';
import type { ObservedRelease } from './observed.ts';
import { causeToBuild, findRecord } from './plan-images.ts';
import { planRelease } from './plan-release.ts';
import type { PushDependencies, PushRequest } from './push-request.ts';
import { readDesired } from './read-desired.ts';
import { selectServices } from './select-services.ts';
import { withoutMaking } from './without-making.ts';

export interface Drift {
  readonly service: string;
  /** Why it has to be built or made anew; undefined where its image differs in files of the context alone, or in nothing. */
  readonly cause: string | undefined;
  /** Of the context, what is not as it was when the image was built; a directory's name ends in a slash. */
  readonly names: readonly string[];
}

export async function readDrift(
  { project, services }: Pick<PushRequest, 'project' | 'services'>,
  dependencies: Pick<PushDependencies, 'engine' | 'memory' | 'engineSocket' | 'signal'>,
): Promise<readonly Drift[]> {
  const { engine, signal } = dependencies;
  const how = { isPulled: false, isCacheUsed: true };
  const wanted = await readDesired(project, selectServices(project, services), { ...how, ...dependencies });
  const observed = await observeRelease(engine, wanted, signal);
  const desired = await readContexts(wanted, observed, dependencies);
  const { lanes } = planRelease(withoutMaking(desired), observed, {
    ...{ knownServices: [], removesOrphans: false, keepsEdits: true },
  });
  const renewed = lanes.filter(({ steps }) => steps.some(step => step.do === 'create'));
  return desired.services.map(wantedService => {
    const { service } = wantedService;
    const image = driftOfImage(wantedService, observed);
    return { service, ...image, cause: image.cause ?? renewed.find(it => it.service === service)?.cause };
  });
}

function driftOfImage({ image }: DesiredService, { images }: ObservedRelease): Omit<Drift, 'service'> {
  if (image.from === 'registry') return { cause: undefined, names: [] };
  const { reference } = image;
  const recipe = { ...image.recipe, isPulled: false, isCacheUsed: true };
  const { contents, former } = recipe;
  const record = findRecord(reference, recipe, images);
  // Built without the cache, and so without a look at its context.
  if (contents === undefined && record !== undefined) return { cause: undefined, names: [] };
  const built = contents && record && { ...contents, digest: record.context };
  const cause = causeToBuild(reference, { ...recipe, contents: built }, images);
  if (cause !== undefined || contents === undefined || record === undefined) return { cause, names: [] };
  if (contents.digest.startsWith(record.context)) return { cause, names: [] };
  if (former?.context.startsWith(record.context) !== true)
    return { cause: 'nobody here knows what its image was built from', names: [] };
  const names = [...new Set([...former.entries.keys(), ...contents.entries.keys()])];
  return { cause, names: names.filter(name => former.entries.get(name) !== contents.entries.get(name)) };
}
