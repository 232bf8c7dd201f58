import { systemClock } from '../../core/clock.ts';
import { someNames } from '../../core/some-names.ts';
import { openContext } from '../../project/context/content/open-context.ts';
import { summarizeContext } from '../../project/context/summarize-context.ts';
import type { BuildRecipe } from '../desired/desired.ts';
import type { ObservedRelease } from '../plan/observed.ts';
import type { BuildTask } from '../plan/plan.ts';
import { readContents } from '../plan/read-build-facts.ts';
import { BuildOutputReader } from './build-output.ts';
import { recordBuild, recordTag } from './build-record.ts';
import { openBuildSecrets } from './build-secrets.ts';
import type { BuildDependencies, BuiltImage, ImageBuilder } from './image-builder.ts';
import { rememberBuild } from './predict-build.ts';
import { rebuildWhileLost } from './rebuild-lost.ts';
import { afterFailedBuild, buildOptionsOf, readBuild } from './run-build.ts';
import { openStageTags } from './stage-tags.ts';
import { throttled } from './throttle.ts';

const describeSkipped = (service: string, { skipped }: BuildRecipe['context']): string =>
  `${service}: an image cannot contain pipes, sockets and devices, so these are left out: ${someNames(skipped)}`;

/** Sends the whole context to the device's classic builder: always possible, and always right. */
export const openDeviceBuilder = (dependencies: BuildDependencies): ImageBuilder => ({
  build: (task, images, signal) =>
    rebuildWhileLost(() => buildOnDevice(task, images, { ...dependencies, signal }), {
      ...dependencies,
      service: task.service,
      signal,
    }),
});

async function buildOnDevice(
  { service, reference, recipe, facts, reruns }: BuildTask,
  images: ObservedRelease['images'],
  { engine, logins, memory, report, space, signal }: BuildDependencies & { readonly signal: AbortSignal },
): Promise<BuiltImage> {
  const startedMs = systemClock.nowMs();
  const { build, context } = recipe;
  const summary = summarizeContext(context);
  if (summary.largest.length > 0) report({ type: 'large-context', service, ...summary });
  if (context.skipped.length > 0) report({ type: 'warning', message: describeSkipped(service, context) });
  using claim = await space.claim(service, context.sizeBytes);
  let sentBytes = 0;
  const reportUpload = throttled(report, () => service);
  await using tar = openContext(context, {
    signal,
    cache: memory,
    onProgress: progress => {
      ({ sentBytes } = progress);
      reportUpload({ type: 'upload', service, ...progress }, sentBytes === progress.totalBytes);
    },
  });
  const stageTags = openStageTags({ engine, reference, recipe, signal });
  const output = new BuildOutputReader(service, {
    report,
    hiddenSteps: Object.keys(build.labels).length,
    causes: new Map(reruns.map(({ step, cause }) => [step, cause])),
    onStepImage: (step, id) => stageTags.keep(step, id),
  });
  let image: string;
  await using secrets = await openBuildSecrets(engine, { service, reference, recipe, images, signal });
  try {
    const messages = engine.buildImage(tar.stream, {
      ...buildOptionsOf(reference, recipe),
      dockerfile: context.dockerfileName,
      volumes: secrets.volumes,
      isCacheUsed: recipe.isCacheUsed,
      logins,
      signal,
    });
    image = await readBuild(messages, output);
    await stageTags.end(true);
  } catch (error) {
    await stageTags.end(false).catch(() => undefined);
    throw await afterFailedBuild(error, { engine, service, output, report, signal });
  }
  claim.keep();
  // The image exists from here on, whether or not its container is removed.
  const sent = tar.sent();
  if (sent !== undefined) {
    const contents = await readContents(context, sent);
    await recordBuild(engine, { image, reference, tag: recordTag(image, recipe, contents, images) }, signal);
    memory.keepBuild(service, rememberBuild(recipe, { ...facts, contents }, images, output.stepImages));
    memory.keepContext(service, { context: sent.digest, entries: sent.entries });
  }
  const { of: steps, cachedSteps } = output.progress;
  const durationMs = systemClock.nowMs() - startedMs;
  report({ type: 'built', service, image, steps, cachedSteps, durationMs });
  return { id: image, sentBytes };
}
