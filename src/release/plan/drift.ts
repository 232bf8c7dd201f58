/**
 * Lists the differences between a device and the sources of its project, in more detail than a plan has. Changes
 * nothing.
 */
import { noFacts } from '../build/build-memory.ts';
import type { DesiredService } from '../desired/desired.ts';
import { readDesired } from '../desired/read-desired.ts';
import type { PushDependencies, PushRequest } from '../apply/push-request.ts';
import { selectServices } from '../running/select-services.ts';
import { observeRelease } from './observe.ts';
import type { ObservedRelease } from './observed.ts';
import { causeToBuild, findRecord } from './plan-images.ts';
import { planRelease } from './plan-release.ts';
import { readBuildFacts } from './read-build-facts.ts';

export interface Drift {
  readonly service: string;
  /**
   * Reason why the service has to be built or recreated; undefined if its image differs in files of the context alone,
   * or not at all.
   */
  readonly cause: string | undefined;
  /** Entries of the context that changed since the image was built; a directory's name ends in a slash. */
  readonly names: readonly string[];
}

export async function readDrift(
  { project, services }: Pick<PushRequest, 'project' | 'services'>,
  dependencies: Pick<PushDependencies, 'engine' | 'memory' | 'engineSocket' | 'signal'>,
): Promise<readonly Drift[]> {
  const { engine, signal } = dependencies;
  const options = { ...dependencies, isPulled: false, isCacheUsed: true };
  const desired = await readDesired(project, selectServices(project, services), options);
  const seen = await observeRelease(engine, desired, signal);
  const observed = { ...seen, builds: await readBuildFacts(desired, seen.images, dependencies) };
  const { services: plans } = planRelease(desired, observed, {
    knownServices: [],
    removesOrphans: false,
    makesImages: false,
    keepsEdits: true,
  });
  const renewed = plans.filter(({ steps }) => steps.some(step => step.action === 'create'));
  return desired.services.map(wanted => {
    const { service } = wanted;
    const image = driftOfImage(wanted, observed);
    return { service, ...image, cause: image.cause ?? renewed.find(it => it.service === service)?.cause };
  });
}

function driftOfImage(
  { service, image }: DesiredService,
  { images, builds }: ObservedRelease,
): Omit<Drift, 'service'> {
  if (image.from === 'registry') return { cause: undefined, names: [] };
  const { reference } = image;
  const recipe = { ...image.recipe, isPulled: false, isCacheUsed: true };
  const facts = builds.get(service) ?? noFacts;
  const { contents, former } = facts;
  const record = findRecord(reference, former, images);
  // A build without the cache does not read its context.
  if (contents === undefined && record !== undefined) return { cause: undefined, names: [] };
  const built = contents && record && { ...contents, digest: record.context };
  const cause = causeToBuild(reference, recipe, { ...facts, contents: built }, images);
  if (cause !== undefined || contents === undefined || record === undefined) return { cause, names: [] };
  if (contents.digest.startsWith(record.context)) return { cause, names: [] };
  if (former?.context.startsWith(record.context) !== true)
    return { cause: 'this machine does not know what its image was built from', names: [] };
  const names = [...new Set([...former.entries.keys(), ...contents.entries.keys()])];
  return { cause, names: names.filter(name => former.entries.get(name) !== contents.entries.get(name)) };
}
