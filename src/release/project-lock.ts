/**
 * One push to a project at a time, from whatever machine. The lock is a volume of the engine, as making one is atomic
 * there and tells who made it. Its holder answers knocks (removes volumes made to ask whether it is alive); a lock
 * whose holder answers no knock was left by one that was killed, and is taken over. That a process of this machine is
 * gone is seen without knocking.
 */
import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '../core/clock.ts';
import { OsError } from '../core/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { VolumeSummary } from '../engine/objects.ts';
import { isProcessAlive, processIdentity, readProcessSpace } from '../state/process-identity.ts';
import { ourLabels } from './labels.ts';

/** How long a holder may take to answer: a slow board under load, behind a slow network. */
const answerTimeoutMs = 5000;
const pollMs = 100;

export interface LockOptions {
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

const busy = (project: string): OsError =>
  new OsError('busy', `another os command is working on the project ${project} on this device`, {
    hint: 'wait for it to end, then try again',
  });

/** Answers knocks as long as it holds the lock: those that come, and those that came just before. */
class Holder {
  readonly #engine: Engine;
  readonly #project: string;
  isHolding = false;

  constructor(engine: Engine, project: string) {
    this.#engine = engine;
    this.#project = project;
  }

  /** Listens until `signal` aborts or the engine is gone. */
  async listen(signal: AbortSignal, onOpen: () => void): Promise<void> {
    const events = this.#engine.watchEvents({ types: ['volume'], signal, onOpen });
    for await (const { action, id } of events)
      if (this.isHolding && action === 'create' && id.startsWith(knockPrefix(this.#project)))
        await this.#engine.removeVolume(id);
  }

  /** From now on the lock is ours. */
  async hold(): Promise<void> {
    this.isHolding = true;
    for (const { name } of await this.#engine.listVolumes({ [ourLabels.knock]: this.#project }))
      await this.#engine.removeVolume(name);
  }
}

/** Whether a volume was removed between being made and being looked at. */
const isGone = (error: unknown): boolean => error instanceof OsError && error.code === 'engine-missing';

function unlessGone(error: unknown): undefined {
  if (!isGone(error)) throw error;
}

const lockName = (project: string): string => `os-lock-${project}`;
const knockPrefix = (project: string): string => `os-knock-${project}-`;

/** Whether the holder of the lock answers. */
async function isHeld(
  engine: Engine,
  project: string,
  { signal, clock = systemClock }: LockOptions,
): Promise<boolean> {
  const knock = knockPrefix(project) + randomBytes(6).toString('hex');
  try {
    await engine.createVolume({ Name: knock, Labels: { [ourLabels.made]: '1', [ourLabels.knock]: project } });
    const deadlineMs = clock.nowMs() + answerTimeoutMs;
    while (clock.nowMs() < deadlineMs) {
      await clock.sleep(pollMs, signal);
      if ((await engine.findVolume(knock, signal)) === undefined) return true;
      if ((await engine.findVolume(lockName(project), signal)) === undefined) return false;
    }
    return false;
  } catch (error) {
    // Answered before it could be looked at.
    if (isGone(error)) return true;
    throw error;
  } finally {
    await engine.removeVolume(knock);
  }
}

/** How the holder of a lock is told; undefined where processes cannot be told apart. */
function describeHolder(): string | undefined {
  const space = readProcessSpace();
  return space && JSON.stringify({ space, process: processIdentity(process.pid) });
}

/** Whether the holder is known to be gone; what was not written here tells nothing. */
function isHolderGone(holder: string | undefined): boolean {
  try {
    const { space, process } = JSON.parse(holder ?? '{}') as { space?: unknown; process?: unknown };
    return space !== undefined && space === readProcessSpace() && !isProcessAlive(process);
  } catch {
    return false;
  }
}

/** Whether somebody is behind `lock`, which a holder that is known to be gone need not be asked for. */
const isAlive = async (
  engine: Engine,
  project: string,
  lock: VolumeSummary,
  options: LockOptions,
): Promise<boolean> =>
  !isHolderGone(lock.labels[ourLabels.holder]) && (await isHeld(engine, project, options));

/** Removes a lock whose holder does not answer, unless it is another one's meanwhile. */
async function removeDead(engine: Engine, lock: VolumeSummary, { signal }: LockOptions): Promise<void> {
  const still = await engine.findVolume(lock.name, signal);
  if (still?.labels[ourLabels.lock] === lock.labels[ourLabels.lock]) await engine.removeVolume(lock.name);
}

/** The projects that are being worked on. The locks of those who were killed are removed. */
export async function findBusyProjects(engine: Engine, options: LockOptions): Promise<string[]> {
  const busy: string[] = [];
  for (const lock of await engine.listVolumes({ [ourLabels.lock]: undefined }, options.signal)) {
    const project = lock.name.slice(lockName('').length);
    if (await isAlive(engine, project, lock, options)) busy.push(project);
    else await removeDead(engine, lock, options);
  }
  return busy;
}

/** Takes the lock with `token`, from a dead holder too. Throws OsError `busy`. */
async function take(engine: Engine, project: string, token: string, options: LockOptions): Promise<void> {
  const holder = describeHolder();
  const labels = {
    [ourLabels.made]: '1',
    [ourLabels.lock]: token,
    ...(holder === undefined ? {} : { [ourLabels.holder]: holder }),
  };
  for (let attempt = 0; attempt < 3; attempt++) {
    const lock = await engine.createVolume({ Name: lockName(project), Labels: labels }).catch(unlessGone);
    // Another one's, given back between being met and being looked at.
    if (lock === undefined) continue;
    if (lock.labels[ourLabels.lock] === token) return;
    if (await isAlive(engine, project, lock, options)) throw busy(project);
    await removeDead(engine, lock, options);
  }
  throw busy(project);
}

/** Holds the lock of `project` until disposed. Throws OsError `busy` when somebody else holds it. */
export async function openProjectLock(
  engine: Engine,
  project: string,
  options: LockOptions,
): Promise<AsyncDisposable> {
  const token = randomBytes(12).toString('hex');
  const release = new AbortController();
  let opened = (): void => undefined;
  const isOpen = new Promise<void>(resolve => {
    opened = resolve;
  });
  // Whoever cannot hear knocks must not hold a lock; whoever has held one goes on where the engine is restarted.
  const holder = new Holder(engine, project);
  const answering = holder.listen(release.signal, () => opened()).catch(() => undefined);
  try {
    await Promise.any([isOpen, answering]);
    await take(engine, project, token, options);
    await holder.hold();
  } catch (error) {
    release.abort();
    await answering;
    throw error;
  }
  return {
    async [Symbol.asyncDispose]() {
      release.abort();
      await answering;
      try {
        await engine.removeVolume(lockName(project));
      } catch {
        // The engine is gone; the next push finds nobody behind the lock.
      }
    },
  };
}
