/** The space on a device that a push needs: what is sent to it, which its engine stores twice while it makes an image of it. */
import { OsError } from '../../core/errors.ts';
import { spaceHint } from '../../core/full-disk.ts';
import { formatBytes } from '../../core/units.ts';
import type { Plan } from '../plan/plan.ts';

/** A device with less free space than this is hardly usable. */
const reserveBytes = 20_000_000;
/** Sending less than this takes no longer than asking for the free space. */
const worthAskingBytes = 10_000_000;

/** Space that is set aside for one image. Given back when disposed, unless the image was made. */
export interface SpaceClaim extends Disposable {
  /** Call when the image is made: what was sent is stored once from then on. */
  keep(): void;
}

export interface DeviceSpace {
  /** Starts to read the free space if `plan` sends enough for a check to be worthwhile. */
  prepare(plan: Pick<Plan, 'images'>): void;
  /** Throws OsError `no-space`, before anything is sent, if the builds of `plan` cannot all fit in their probable ways. */
  check(plan: Pick<Plan, 'images'>): Promise<void>;
  /**
   * Sets space aside for `sizeBytes` that are about to be sent for `service`, besides what others have claimed. Throws OsError
   * `no-space`. Claims whatever it is asked for if the device does not report its free space.
   */
  claim(service: string, sizeBytes: number): Promise<SpaceClaim>;
}

/**
 * The engine stores what it is sent twice until the image is made: as the context or archive that it has received, and in
 * layers.
 */
const storedBytes = (sizeBytes: number): number => 2 * sizeBytes;

/** Bytes that the device stores for the builds of a plan, each in its probable way. What this machine builds is claimed later. */
const plannedBytes = ({ images }: Pick<Plan, 'images'>): number =>
  images.reduce((sum, task) => {
    if (task.action !== 'build' || task.recipe.place === 'local') return sum;
    return sum + storedBytes(task.facts.way?.sizeBytes ?? task.recipe.context.sizeBytes);
  }, 0);

export interface DeviceSpaceOptions {
  /** The device, for messages. */
  readonly where: string;
  /** Returns the bytes free where the engine stores images; undefined if they cannot be determined. */
  readonly readFreeBytes: (signal: AbortSignal) => Promise<number | undefined>;
  readonly signal: AbortSignal;
}

/** Opens the account of one push. The free space is read once, when enough is sent for it to matter. */
export function openDeviceSpace({ where, readFreeBytes, signal }: DeviceSpaceOptions): DeviceSpace {
  const claims = new Map<object, number>();
  let reading: Promise<number | undefined> | undefined;
  const readOnce = (): Promise<number | undefined> => {
    reading ??= readFreeBytes(signal);
    // A failure is reported where the answer is awaited.
    reading.catch(() => undefined);
    return reading;
  };
  const refuse = (freeBytes: number, what: string, neededBytes: number): OsError =>
    new OsError(
      'no-space',
      `${where} has ${formatBytes(Math.max(0, freeBytes))} free; ${what} about ${formatBytes(neededBytes)}`,
      { hint: spaceHint },
    );
  return {
    prepare(plan) {
      if (plannedBytes(plan) >= worthAskingBytes) void readOnce();
    },
    async check(plan) {
      const bytes = plannedBytes(plan);
      if (bytes < worthAskingBytes) return;
      const freeBytes = await readOnce();
      const neededBytes = bytes + reserveBytes;
      if (freeBytes !== undefined && freeBytes < neededBytes)
        throw refuse(freeBytes, 'these builds need', neededBytes);
    },
    async claim(service, sizeBytes) {
      const key = {};
      const othersBytes = [...claims.values()].reduce((sum, bytes) => sum + bytes, 0);
      const bytes = storedBytes(sizeBytes);
      // Before the free space is read, so that claims made meanwhile add up.
      claims.set(key, bytes);
      let isKept = false;
      const claim: SpaceClaim = {
        keep() {
          claims.set(key, sizeBytes);
          isKept = true;
        },
        [Symbol.dispose]() {
          if (!isKept) claims.delete(key);
        },
      };
      if (othersBytes + bytes < worthAskingBytes) return claim;
      try {
        const freeBytes = await readOnce();
        const neededBytes = bytes + reserveBytes;
        if (freeBytes !== undefined && freeBytes - othersBytes < neededBytes)
          throw refuse(freeBytes - othersBytes, `the image of ${service} needs`, neededBytes);
      } catch (error) {
        claims.delete(key);
        throw error;
      }
      return claim;
    },
  };
}
