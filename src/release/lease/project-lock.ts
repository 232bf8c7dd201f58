/**
 * Only one push to a project at a time, from any machine. The lock is a volume of the engine: creating one is atomic. A
 * lock whose holder does not answer belonged to a killed process and is taken over.
 */
import { randomBytes } from 'node:crypto';
import { OsError } from '../../core/errors.ts';
import { unlessAborted } from '../../core/unless-aborted.ts';
import type { VolumeSummary } from '../../engine/objects.ts';
import { ourLabels } from '../desired/labels.ts';
import {
  Holder,
  holderLabel,
  isHeld,
  isHolderGone,
  unlessGone,
  type LockingEngine,
  type LockOptions,
} from './holder.ts';

const busy = (project: string): OsError =>
  new OsError('busy', `another os command is working on the project ${project} on this device`, {
    hint: 'wait for it to end, then try again',
  });

const lockName = (project: string): string => `os-lock-${project}`;

/** Removes a lock whose holder does not answer, unless it is another one's meanwhile. */
async function removeDead(
  engine: LockingEngine,
  lock: VolumeSummary,
  { signal }: LockOptions,
): Promise<void> {
  const still = await engine.findVolume(lock.name, signal);
  if (still?.labels[ourLabels.lock] === lock.labels[ourLabels.lock]) await engine.removeVolume(lock.name);
}

/**
 * Removes the lock of `project`, if it is one of `volumes`, where its holder is known to be dead: a process of this machine that
 * is gone. The engine is asked for nothing about any other.
 */
export async function removeAbandonedLock(
  engine: LockingEngine,
  project: string,
  volumes: readonly VolumeSummary[],
  options: LockOptions,
): Promise<void> {
  const lock = volumes.find(({ name }) => name === lockName(project));
  if (lock !== undefined && isHolderGone(lock.labels[ourLabels.holder]))
    await removeDead(engine, lock, options);
}

/** The projects that are locked. Locks of killed processes are removed. */
export async function findBusyProjects(engine: LockingEngine, options: LockOptions): Promise<string[]> {
  const busyProjects: string[] = [];
  for (const lock of await engine.listVolumes({ [ourLabels.lock]: undefined }, options.signal)) {
    const project = lock.name.slice(lockName('').length);
    if (await isHeld(engine, project, lock, options)) busyProjects.push(project);
    else await removeDead(engine, lock, options);
  }
  return busyProjects;
}

/** Takes the lock with `labels`, also from a dead holder. Throws OsError `busy`. */
async function take(
  engine: LockingEngine,
  project: string,
  labels: VolumeSummary['labels'],
  options: LockOptions,
): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const lock = await engine.createVolume({ Name: lockName(project), Labels: labels }).catch(unlessGone);
    // Another holder released the lock between our two requests.
    if (lock === undefined) continue;
    if (lock.labels[ourLabels.lock] === labels[ourLabels.lock]) return;
    if (await isHeld(engine, project, lock, options)) throw busy(project);
    await removeDead(engine, lock, options);
  }
  throw busy(project);
}

const takenOver = (project: string): OsError =>
  new OsError('busy', `another os command has worked on the project ${project} while this one was cut off`, {
    hint: 'nothing more is done; try again',
  });

export interface ProjectLock extends AsyncDisposable {
  /**
   * Aborted with OsError `busy` when another process has taken the lock while the engine was out of reach: what was read of
   * the project before may be wrong by now.
   */
  readonly lost: AbortSignal;
}

/**
 * Takes the lock of `project` until disposed. Throws OsError `busy` while another process has it, and what ended the
 * listening of a process that cannot receive probes: it must not take the lock.
 */
export async function openProjectLock(
  engine: LockingEngine,
  project: string,
  options: LockOptions,
): Promise<ProjectLock> {
  const name = lockName(project);
  const lost = new AbortController();
  const token = randomBytes(12).toString('hex');
  const labels = { [ourLabels.made]: '1', [ourLabels.lock]: token, ...holderLabel() };
  const regain = async (): Promise<void> => {
    // It answers also where the lock is lost: until it has stopped, the project is worked on.
    await holder.hold();
    const held = await engine.findVolume(name);
    if (held?.labels[ourLabels.lock] !== token) lost.abort(takenOver(project));
  };
  const holder = new Holder(engine, project, { regain, clock: options.clock });
  try {
    await unlessAborted(holder.open(), options.signal);
    await take(engine, project, labels, options);
    await holder.hold();
  } catch (error) {
    await holder[Symbol.asyncDispose]();
    throw error;
  }
  return {
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      await holder[Symbol.asyncDispose]();
      try {
        // Another process that could not reach this one may have taken it over.
        if ((await engine.findVolume(name))?.labels[ourLabels.lock] === token)
          await engine.removeVolume(name);
      } catch {
        // The engine is out of reach; the next push takes the lock over.
      }
    },
  };
}
