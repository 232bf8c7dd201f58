/** One build by the engine's classic builder: its options, its output, and its failure. */
import { OsError } from '../../core/errors.ts';
import { unlessFull } from '../../core/full-disk.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { BuildOptions, Engine, EngineMessage } from '../../engine/engine.ts';
import type { BuildEvent, Report } from '../apply/events.ts';
import type { BuildRecipe } from '../desired/desired.ts';
import { toUlimit } from '../desired/host-config.ts';
import type { BuildOutputReader } from './build-output.ts';
import { removeStepContainer } from './remove-step-container.ts';

type RecipeOptions = Omit<BuildOptions, 'dockerfile' | 'isCacheUsed' | 'volumes' | 'logins' | 'signal'>;

/** The options that follow from the recipe. */
export const buildOptionsOf = (reference: string, { build }: BuildRecipe): RecipeOptions => ({
  tags: [reference, ...build.tags],
  buildArgs: build.args,
  labels: build.labels,
  target: build.target,
  networkMode: build.network,
  extraHosts: build.extraHosts,
  shmSizeBytes: build.shmSizeBytes,
  ulimits: build.ulimits.map(toUlimit),
  cacheFrom: build.cacheFrom,
  platform: build.platform,
});

/** Reads a build to its end; returns the id of the image. */
export async function readBuild(
  messages: AsyncIterable<EngineMessage>,
  output: BuildOutputReader,
): Promise<string> {
  let image = '';
  try {
    for await (const message of messages) {
      if (message.type === 'output') output.read(message.text);
      if (message.type === 'image') image = message.id;
    }
  } finally {
    output.end();
  }
  return image;
}

/** The failure, with the output of the failing step. */
function withStep(
  error: OsError,
  { where, service }: { readonly where: string; readonly service: string },
  { progress, said: output }: BuildOutputReader,
): OsError {
  const at = progress.step === 0 ? '' : ` at step ${progress.step.toString()}/${progress.of.toString()}`;
  const lines = output.map(line => `  ${sanitizeLine(line)}`);
  const message = [`the build of ${service} fails${at}: ${error.message}`, ...lines].join('\n');
  return unlessFull(where, new OsError('build-failed', message, { cause: error }), output);
}

interface FailedBuild {
  readonly engine: Pick<Engine, 'removeContainer' | 'where'>;
  readonly service: string;
  readonly output: BuildOutputReader;
  readonly report: Report<BuildEvent>;
  readonly signal: AbortSignal;
}

/** Cleans up after a build that failed, and returns the error to throw. */
export async function afterFailedBuild(
  error: unknown,
  { engine, service, output, report, signal }: FailedBuild,
): Promise<unknown> {
  if (!(error instanceof OsError)) return error;
  const { step, container } = output.progress;
  if (error.code === 'connection-lost' && container !== undefined) {
    // Another build may have failed for the same reason, and aborted this one.
    const innerSignal = signal.reason === error ? new AbortController().signal : signal;
    await removeStepContainer(engine, container, innerSignal);
  }
  if (error.code !== 'build-failed') return error;
  const failure = withStep(error, { where: engine.where, service }, output);
  if (failure.code === 'build-failed')
    report({ type: 'build-failed', service, step, message: error.message });
  return failure;
}
