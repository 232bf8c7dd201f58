/**
 * What is held on an engine, by whichever machine, is a volume whose labels name its holder. To probe whether the holder
 * is alive, another process creates a probe volume, which a live holder removes at once. A dead holder on this machine is
 * recognised without a probe.
 */
import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { isProcessAlive, processIdentity, readProcessSpace } from '../../state/process-identity.ts';
import { ourLabels } from '../desired/labels.ts';

export type LockingEngine = Pick<
  Engine,
  'createVolume' | 'findVolume' | 'listVolumes' | 'removeVolume' | 'watchEvents'
>;

export interface LockOptions {
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** The time a holder has to answer: a slow board under load, behind a slow network. */
const answerTimeoutMs = 5000;
const pollMs = 100;

const probePrefix = (key: string): string => `os-probe-${key}-`;

/** True if `volume` probes the holder of `key`, and not that of a longer one. */
const isProbeOf = (key: string, volume: string): boolean =>
  volume.startsWith(probePrefix(key)) && /^[0-9a-f]{12}$/.test(volume.slice(probePrefix(key).length));

/** The time to the next connection after one is lost. */
const retryMs = 500;

interface HolderOptions {
  /**
   * Called when probes are heard again after a connection was lost: others may have taken this holder for dead meanwhile.
   * If it throws, the next connection calls it again.
   */
  readonly regain: () => Promise<void>;
  readonly clock?: Clock | undefined;
}

/**
 * Answers probes of `key` while it holds it, including those created just before it took it, until disposed, whatever
 * happens to the connection.
 */
export class Holder implements AsyncDisposable {
  readonly #engine: LockingEngine;
  readonly #key: string;
  readonly #options: HolderOptions;
  readonly #release = new AbortController();
  #isHolding = false;
  #answering: Promise<void> = Promise.resolve();

  constructor(engine: LockingEngine, key: string, options: HolderOptions) {
    this.#engine = engine;
    this.#key = key;
    this.#options = options;
  }

  /** Starts to listen. Resolves once probes are heard; throws if the first connection fails, and tries on all the same. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answering = this.#answer(resolve, reject);
    });
  }

  async #answer(onOpen: () => void, onFailure: (error: unknown) => void): Promise<void> {
    const { regain, clock = systemClock } = this.#options;
    const { signal } = this.#release;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const isAgain = !isFirst;
      const connection = new AbortController();
      let regaining: Promise<void> = Promise.resolve();
      const opened = (): void => {
        onOpen();
        if (!isAgain || !this.#isHolding) return;
        regaining = regain().catch((error: unknown) => {
          connection.abort(error);
        });
      };
      await this.#listen(AbortSignal.any([signal, connection.signal]), opened).catch(onFailure);
      await regaining;
      await clock.sleep(retryMs, signal).catch(() => undefined);
    }
  }

  /** Listens until the connection ends, which it throws. */
  async #listen(signal: AbortSignal, onOpen: () => void): Promise<never> {
    const events = this.#engine.watchEvents({ types: ['volume'], signal, onOpen });
    for await (const { action, id } of events)
      if (this.#isHolding && action === 'create' && isProbeOf(this.#key, id))
        await this.#engine.removeVolume(id);
    throw new OsError('connection-lost', 'the engine reports no more events');
  }

  /** To be called once `key` is taken, and when it is regained. */
  async hold(): Promise<void> {
    this.#isHolding = true;
    for (const { name } of await this.#engine.listVolumes({ [ourLabels.probe]: this.#key }))
      await this.#engine.removeVolume(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#release.abort();
    await this.#answering;
  }
}

/** True if a volume was removed between its creation and its inspection. */
const isGone = (error: unknown): boolean => error instanceof OsError && error.code === 'engine-missing';

export function unlessGone(error: unknown): undefined {
  if (!isGone(error)) throw error;
}

/** True if the holder of `key`, which has the volume `held`, answers. */
async function isAnswered(
  engine: LockingEngine,
  { key, held }: { readonly key: string; readonly held: string },
  { signal, clock = systemClock }: LockOptions,
): Promise<boolean> {
  const probe = probePrefix(key) + randomBytes(6).toString('hex');
  try {
    const Labels = { [ourLabels.made]: '1', [ourLabels.probe]: key, ...holderLabel() };
    await engine.createVolume({ Name: probe, Labels });
    const deadlineMs = clock.nowMs() + answerTimeoutMs;
    while (clock.nowMs() < deadlineMs) {
      await clock.sleep(pollMs, signal);
      if ((await engine.findVolume(probe, signal)) === undefined) return true;
      if ((await engine.findVolume(held, signal)) === undefined) return false;
    }
    return false;
  } catch (error) {
    // The holder removed the probe before it could be read.
    if (isGone(error)) return true;
    throw error;
  } finally {
    await engine.removeVolume(probe);
  }
}

/** The label that identifies this process as a holder; none if processes cannot be distinguished. */
export function holderLabel(): Record<string, string> {
  const space = readProcessSpace();
  if (space === undefined) return {};
  return { [ourLabels.holder]: JSON.stringify({ space, process: processIdentity(process.pid) }) };
}

/** True if the holder is known to be dead; a holder on another machine is never known to be. */
export function isHolderGone(holder: string | undefined): boolean {
  try {
    const { space, process } = JSON.parse(holder ?? '{}') as {
      readonly space?: unknown;
      readonly process?: unknown;
    };
    return space !== undefined && space === readProcessSpace() && !isProcessAlive(process);
  } catch {
    return false;
  }
}

/** Removes the probes of processes of this machine that are known to be gone. */
export async function removeDeadProbes(engine: LockingEngine, signal: AbortSignal): Promise<void> {
  for (const { name, labels } of await engine.listVolumes({ [ourLabels.probe]: undefined }, signal))
    if (isProbeOf(labels[ourLabels.probe] ?? '', name) && isHolderGone(labels[ourLabels.holder]))
      await engine.removeVolume(name);
}

/** True if the volume `held`, by which somebody holds `key`, has a live holder. One that is known to be gone is not probed. */
export const isHeld = async (
  engine: LockingEngine,
  key: string,
  held: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
  options: LockOptions,
): Promise<boolean> =>
  !isHolderGone(held.labels[ourLabels.holder]) &&
  (await isAnswered(engine, { key, held: held.name }, options));
