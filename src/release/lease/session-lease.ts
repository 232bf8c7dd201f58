/**
 * Only one live session keeps a service of a project on a device in sync, from any machine. Each session has a volume of
 * its own on the engine. It is created before the others are listed, so that of two sessions that start at the same time
 * one at least sees the other. One whose holder does not answer belonged to a killed process, and is removed.
 */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import { unlessAborted } from '../../core/unless-aborted.ts';
import type { VolumeSummary } from '../../engine/objects.ts';
import { ourLabels } from '../desired/labels.ts';
import { Holder, holderLabel, isHeld, type LockingEngine, type LockOptions } from './holder.ts';
import { removeAbandonedLock } from './project-lock.ts';
import {
  areOverlapping,
  describeOwner,
  isOfThisProcess,
  parseOwner,
  thisOwner,
  type SessionOwner,
} from './session-owner.ts';

export interface SessionLease extends AsyncDisposable {
  /**
   * Resolves never; throws OsError `busy` if another session has begun while this one was out of the device's reach, and
   * the reason of `signal`.
   */
  keep(signal: AbortSignal): Promise<never>;
}

export interface SessionRequest {
  readonly project: string;
  /** Services to keep in sync; empty for all. */
  readonly services: readonly string[];
}

const retryMs = 500;
const attempts = 3;

const volumePrefix = 'os-session-';
/** No project's name has a dot. */
const keyOf = (volume: string): string => volume.slice(volumePrefix.length);

const busy = (project: string, owner: SessionOwner): OsError =>
  new OsError(
    'busy',
    `another live session of ${project} is at work on this device: ${describeOwner(owner)}`,
    {
      hint: 'end it with Ctrl-C there, or push with --detach, which keeps nothing in sync',
    },
  );

/** The live ones of these sessions. Those of killed processes are removed. */
async function keepLive(
  engine: LockingEngine,
  sessions: readonly VolumeSummary[],
  options: LockOptions,
): Promise<VolumeSummary[]> {
  const live: VolumeSummary[] = [];
  for (const session of sessions) {
    if (!session.name.startsWith(volumePrefix)) continue;
    if (await isHeld(engine, keyOf(session.name), session, options)) live.push(session);
    else await engine.removeVolume(session.name);
  }
  return live;
}

/** Removes what sessions of killed processes left on the engine. */
export async function removeDeadSessions(engine: LockingEngine, options: LockOptions): Promise<void> {
  await keepLive(
    engine,
    await engine.listVolumes({ [ourLabels.session]: undefined }, options.signal),
    options,
  );
}

const ownerOf = ({ labels }: VolumeSummary): SessionOwner => parseOwner(labels[ourLabels.sessionOwner]);

/** The owner of a live session of `request` among `sessions` that is not `isOwn`; undefined if there is none. */
async function findOther(
  engine: LockingEngine,
  sessions: readonly VolumeSummary[],
  { services }: SessionRequest,
  isOwn: (session: VolumeSummary) => boolean,
  options: LockOptions,
): Promise<SessionOwner | undefined> {
  const others = sessions.filter(it => !isOwn(it) && areOverlapping({ services }, ownerOf(it)));
  const [live] = await keepLive(engine, others, options);
  return live && ownerOf(live);
}

/**
 * A note about live sessions of the project that other processes have; undefined if there are none. Removes the project's lock
 * if its holder is known to be dead: a push that changes nothing takes no lock, and so takes none over.
 */
export async function findOtherSession(
  engine: LockingEngine,
  request: SessionRequest,
  options: LockOptions,
): Promise<string | undefined> {
  // One request finds both.
  const made = await engine.listVolumes({ [ourLabels.made]: undefined }, options.signal);
  await removeAbandonedLock(engine, request.project, made, options);
  const sessions = made.filter(({ labels }) => labels[ourLabels.session] === request.project);
  const isOwn = (it: VolumeSummary): boolean => isOfThisProcess(ownerOf(it));
  const owner = await findOther(engine, sessions, request, isOwn, options);
  return (
    owner &&
    `a live session of ${request.project} is at work on this device and syncs its own files: ${describeOwner(owner)}`
  );
}

class Session implements SessionLease {
  readonly #engine: LockingEngine;
  readonly #request: SessionRequest;
  readonly #options: LockOptions;
  readonly #volume: string;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #holder: Holder;
  readonly #stop = new AbortController();
  readonly #lost = new AbortController();

  constructor(engine: LockingEngine, request: SessionRequest, options: LockOptions) {
    const key = `${request.project}.${randomBytes(6).toString('hex')}`;
    this.#engine = engine;
    this.#request = request;
    this.#options = { ...options, signal: AbortSignal.any([options.signal, this.#stop.signal]) };
    this.#volume = `${volumePrefix}${key}`;
    this.#labels = {
      [ourLabels.made]: '1',
      [ourLabels.session]: request.project,
      [ourLabels.sessionOwner]: JSON.stringify(thisOwner(request.services, new Date())),
      ...holderLabel(),
    };
    this.#holder = new Holder(engine, key, { regain: () => this.#takeAgain(), clock: options.clock });
  }

  async open(): Promise<void> {
    // A session that cannot hear probes yet goes on: nothing is worse for that.
    const isOpen = this.#holder.open().catch(() => undefined);
    try {
      await unlessAborted(isOpen, this.#options.signal);
      await this.#take();
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #take(): Promise<void> {
    const { clock = systemClock, signal } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const before = await this.#findOther();
      if (before !== undefined) throw busy(this.#request.project, before);
      await this.#engine.createVolume({ Name: this.#volume, Labels: this.#labels });
      await this.#holder.hold();
      const other = await this.#findOther();
      if (other === undefined) return;
      // Both have begun at the same time: one of them is to be first.
      await this.#engine.removeVolume(this.#volume);
      if (attempt === attempts) throw busy(this.#request.project, other);
      await clock.sleep(Math.random() * retryMs, signal);
    }
  }

  async #findOther(): Promise<SessionOwner | undefined> {
    const [engine, request, options] = [this.#engine, this.#request, this.#options];
    const sessions = await engine.listVolumes({ [ourLabels.session]: request.project }, options.signal);
    return findOther(engine, sessions, request, ({ name }) => name === this.#volume, options);
  }

  /** Nobody heard of this session for a while: another may have taken it for dead. */
  async #takeAgain(): Promise<void> {
    try {
      const { signal } = this.#stop;
      if ((await this.#engine.findVolume(this.#volume, signal)) === undefined) await this.#take();
      else await this.#holder.hold();
    } catch (error) {
      // Out of reach again: the next connection tries it anew.
      if (error instanceof OsError && error.code !== 'busy') throw error;
      this.#lost.abort(error);
    }
  }

  keep(signal: AbortSignal): Promise<never> {
    const either = AbortSignal.any([signal, this.#lost.signal]);
    return unlessAborted(new Promise<never>(() => undefined), either);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#holder[Symbol.asyncDispose]();
    try {
      await this.#engine.removeVolume(this.#volume);
    } catch {
      // The engine is out of reach; the next session finds that nobody answers for it.
    }
  }
}

/** Opens a live session's lease until disposed. Throws OsError `busy` while another has one of its services. */
export async function openSessionLease(
  engine: LockingEngine,
  request: SessionRequest,
  options: LockOptions,
): Promise<SessionLease> {
  const session = new Session(engine, request, options);
  await session.open();
  return session;
}
