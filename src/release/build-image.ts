import { systemClock } from '../core/clock.ts';
import { OsError } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { someNames } from '../core/some-names.ts';
import { unlessFull } from '../core/full-disk.ts';
import type { Engine, RegistryLogin } from '../engine/engine.ts';
import { openContext } from '../project/context/open-context.ts';
import { summarizeContext } from '../project/context/summarize-context.ts';
import { BuildOutputReader } from './build-output.ts';
import type { BuildMemory } from './build-memory.ts';
import { readContents } from './build-recipe.ts';
import { recordBuild, recordTag } from './build-record.ts';
import type { BuildRecipe } from './desired.ts';
import type { BuildEvent, Report } from './events.ts';
import { toUlimit } from './host-config.ts';
import { openBuildSecrets } from './build-secrets.ts';
import { removeStepContainer } from './remove-step-container.ts';
import { throttled } from './throttle.ts';
import { explainReruns } from './plan-images.ts';
import type { ObservedRelease } from './observed.ts';
import { rememberBuild } from './predict-build.ts';

export interface BuildRequest {
  readonly service: string;
  readonly reference: string;
  readonly recipe: BuildRecipe;
}

export interface BuildDependencies {
  readonly engine: Engine;
  readonly logins: Readonly<Record<string, RegistryLogin>>;
  readonly report: Report<BuildEvent>;
  readonly memory: BuildMemory;
  readonly signal: AbortSignal;
}

/** What the failing step printed belongs to the failure: whoever reads it last reads why. */
function withStep(
  error: unknown,
  { where, service }: { where: string; service: string },
  { progress, said }: BuildOutputReader,
): unknown {
  if (!(error instanceof OsError) || error.code !== 'build-failed') return error;
  const at = progress.step === 0 ? '' : ` at step ${progress.step.toString()}/${progress.of.toString()}`;
  const lines = said.map(line => `  ${sanitizeLine(line)}`);
  const message = [`the build of ${service} fails${at}: ${error.message}`, ...lines].join('\n');
  return unlessFull(where, new OsError('build-failed', message, { cause: error }), said);
}

const describeSkipped = (service: string, { skipped }: BuildRecipe['context']): string =>
  `${service}: no image can have pipes, sockets and devices of this machine: ${someNames(skipped)}`;

/** Builds one image; returns how many bytes of files were sent. Throws OsError `build-failed` with the step's output. */
export async function buildServiceImage(
  { service, reference, recipe }: BuildRequest,
  images: ObservedRelease['images'],
  { engine, logins, memory, report, signal }: BuildDependencies,
): Promise<number> {
  const startedMs = systemClock.nowMs();
  const { build, context } = recipe;
  const summary = summarizeContext(context);
  if (summary.largest.length > 0) report({ type: 'large-context', service, ...summary });
  if (context.skipped.length > 0) report({ type: 'warning', message: describeSkipped(service, context) });
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
  const output = new BuildOutputReader(service, {
    report,
    hiddenSteps: Object.keys(build.labels).length,
    causes: new Map(explainReruns(reference, recipe, images).map(({ step, cause }) => [step, cause])),
  });
  let image = '';
  await using secrets = await openBuildSecrets(engine, { service, reference, recipe, images, signal });
  try {
    const messages = engine.buildImage(tar.stream, {
      tags: [reference, ...build.tags],
      dockerfile: context.dockerfileName,
      buildArgs: build.args,
      labels: build.labels,
      target: build.target,
      networkMode: build.network,
      extraHosts: build.extraHosts,
      shmSizeBytes: build.shmSizeBytes,
      ulimits: build.ulimits.map(toUlimit),
      cacheFrom: build.cacheFrom,
      platform: build.platform,
      volumes: secrets.volumes,
      ...{ isCacheUsed: recipe.isCacheUsed, logins, signal },
    });
    for await (const message of messages) {
      if (message.type === 'output') output.read(message.text);
      if (message.type === 'image') image = message.id;
    }
    output.end();
  } catch (error) {
    output.end();
    const { step, container } = output.progress;
    if (error instanceof OsError && error.code === 'connection-lost' && container !== undefined)
      // Another build may have failed of the same, and aborted this one.
      await removeStepContainer(
        engine,
        container,
        signal.reason === error ? new AbortController().signal : signal,
      );
    const failure = withStep(error, { where: engine.where, service }, output);
    if (failure instanceof OsError && failure.code === 'build-failed')
      report({ type: 'build-failed', service, step, message: (error as Error).message });
    throw failure;
  }
  // The image is there, whatever becomes of its container.
  const sent = tar.sent();
  if (sent !== undefined) {
    const known = { ...recipe, contents: await readContents(context, sent) };
    await recordBuild(engine, { image, reference, tag: recordTag(image, known, images) }, signal);
    memory.keepBuild(service, rememberBuild(known, images));
    memory.keepContext(service, { context: sent.digest, entries: sent.entries });
  }
  const { of: steps, cachedSteps } = output.progress;
  const durationMs = systemClock.nowMs() - startedMs;
  report({ type: 'built', service, image, steps, cachedSteps, durationMs });
  return sentBytes;
}
