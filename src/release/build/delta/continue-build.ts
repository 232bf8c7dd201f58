import { OsError } from '../../../core/errors.ts';
import { openContext } from '../../../project/context/content/open-context.ts';
import { sortEntries, type ContextEntry } from '../../../project/context/entry.ts';
import type { BuildTask } from '../../plan/plan.ts';
import { BuildOutputReader } from '../build-output.ts';
import type { BuildDependencies } from '../image-builder.ts';
import { afterFailedBuild, buildOptionsOf, readBuild } from '../run-build.ts';
import { openStageTags } from '../stage-tags.ts';
import { throttled } from '../throttle.ts';
import type { DeltaPlan } from './choose-way.ts';
import { contextFolder, writeContinuedDockerfile, type ContinuedStage } from './continued-dockerfile.ts';
import { NextWay } from './next-way.ts';
import type { ReadCopies } from './read-copies.ts';

interface Continuation {
  readonly stages: readonly ContinuedStage[];
  readonly plan: DeltaPlan;
  readonly read: ReadCopies;
}

/** Entries of the context that the steps take, in the directory that the continued Dockerfile expects. */
function listTaken(task: BuildTask, { stages, read, plan }: Continuation): ContextEntry[] {
  const sources = stages.flatMap(({ rest }) => rest.flatMap(place => read.copies.get(place)?.sources ?? []));
  const isTaken = (name: string): boolean =>
    plan.contents.copied.has(name) &&
    sources.some(source => source === '' || name === source || name.startsWith(`${source}/`));
  return task.recipe.context.entries
    .filter(({ name }) => isTaken(name))
    .map(entry => ({ ...entry, name: `${contextFolder}/${entry.name}` }));
}

function inMemory(name: string, text: string): ContextEntry {
  const content = Buffer.from(text);
  return { type: 'file', name, isExecutable: false, sizeBytes: content.length, source: { content } };
}

/** Runs the remaining steps of each stage; the image gets no name. Throws NextWay if the engine does not even start them. */
export async function runContinuedBuild(
  task: BuildTask,
  continuation: Continuation,
  { engine, logins, report, space, signal }: BuildDependencies & { readonly signal: AbortSignal },
): Promise<{
  readonly id: string;
  readonly sentBytes: number;
  readonly stepImages: ReadonlyMap<number, string>;
}> {
  const { service, reference, recipe, reruns } = task;
  const { stages, plan, read } = continuation;
  const dockerfile = writeContinuedDockerfile(stages, { recipe, parsed: plan.parsed, copies: read.copies });
  if (dockerfile === undefined) throw new NextWay('its stages can only be built as a whole');
  const folder: ContextEntry = { type: 'directory', name: `${contextFolder}/` };
  const taken = listTaken(task, continuation);
  const sizeBytes = taken.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.sizeBytes : 0), 0);
  const entries = sortEntries([folder, ...taken, inMemory('Dockerfile', dockerfile.text)]);
  const listing = { directory: recipe.context.directory, entries, sizeBytes, skipped: [] };
  using claim = await space.claim(service, sizeBytes);
  let sentBytes = 0;
  const reportUpload = throttled(report, () => service);
  await using tar = openContext(listing, {
    signal,
    onProgress: progress => {
      ({ sentBytes } = progress);
      reportUpload({ type: 'upload', service, ...progress }, sentBytes === progress.totalBytes);
    },
  });
  const stageTags = openStageTags({ engine, reference, recipe, signal });
  const output = new BuildOutputReader(service, {
    report,
    hiddenSteps: Object.keys(recipe.build.labels).length,
    causes: new Map(reruns.map(({ step, cause }) => [step, cause])),
    places: dockerfile.places,
    of: recipe.steps.length,
    onStepImage: (step, id) => stageTags.keep(step, id),
  });
  try {
    const messages = engine.buildImage(tar.stream, {
      ...buildOptionsOf(reference, recipe),
      // Its names come after its record: an image without a record would be built in another way by the next push.
      tags: [],
      dockerfile: 'Dockerfile',
      isCacheUsed: true,
      logins,
      signal,
    });
    const id = await readBuild(messages, output);
    claim.keep();
    await stageTags.end(true);
    const stepImages = new Map([...output.stepImages].map(([number, image]) => [number - 1, image] as const));
    return { id, sentBytes, stepImages };
  } catch (error) {
    await stageTags.end(false).catch(() => undefined);
    const isEarly = error instanceof OsError && error.code === 'build-failed' && output.progress.step === 0;
    if (isEarly) throw new NextWay(`the engine does not go on with the last build: ${error.message}`);
    throw await afterFailedBuild(error, { engine, service, output, report, signal });
  }
}
