/**
 * A build that is repeated because another program has removed its layers under it: a supervisor removes unnamed images each
 * time it applies a state, and the newest layer of the classic builder is one.
 */
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { BuildEvent, Report } from '../apply/events.ts';
import { findSupervisor } from '../running/supervisor.ts';

/** Number of times that a build is repeated. */
const repeats = 3;

/** `engine-conflict`: a layer is lost during the build. `engine-missing`: the image is lost before it has a name. */
const isLoss = (error: unknown): error is OsError =>
  error instanceof OsError && (error.code === 'engine-conflict' || error.code === 'engine-missing');

export interface RebuildOptions {
  readonly engine: Pick<Engine, 'listContainers'>;
  readonly service: string;
  readonly report: Report<BuildEvent>;
  readonly signal: AbortSignal;
}

/**
 * The result of `build`, which is repeated at once up to three times while layers are removed under it. Throws OsError
 * `build-failed` that names the supervisor, where one runs, if the last repetition loses its layers too.
 */
export async function rebuildWhileLost<T>(
  build: () => Promise<T>,
  { engine, service, report, signal }: RebuildOptions,
): Promise<T> {
  for (let repeat = 0; ; repeat++) {
    try {
      return await build();
    } catch (error) {
      signal.throwIfAborted();
      if (!isLoss(error)) throw error;
      if (repeat === repeats) throw asFailure(error, service, await findRemover(engine, signal));
      report({
        type: 'warning',
        message: `${service}: a layer of its build was removed on the device; building again`,
      });
    }
  }
}

const findRemover = async (
  engine: Pick<Engine, 'listContainers'>,
  signal: AbortSignal,
): Promise<string | undefined> => findSupervisor(await engine.listContainers({}, signal));

function asFailure(error: OsError, service: string, supervisor: string | undefined): OsError {
  const by = supervisor ?? 'another program';
  const hint =
    supervisor === undefined
      ? 'stop what cleans up images on the device, then push again'
      : `turn local mode on, or stop the supervisor while you push: os ssh DEVICE -- systemctl stop ${supervisor.replace('_', '-')}`;
  return new OsError(
    'build-failed',
    `the build of ${service} fails: ${by} removes its layers while they are built, ${(repeats + 1).toString()} times in a row (${error.message})`,
    { hint, cause: error },
  );
}
