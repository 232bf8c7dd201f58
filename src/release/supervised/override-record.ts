/**
 * The record of a setting of the device by which a command overrides update locks: a volume without content on the engine, from before
 * the setting is changed until it is put back. A command that was killed between leaves it to the next one.
 */
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { ourLabels } from '../desired/labels.ts';

export const overrideKey = 'SUPERVISOR_OVERRIDE_LOCK';

const recordName = 'os-overriding-locks';

export interface OverrideRecord {
  /** Returns the value that is to be put back; undefined: no command has left the setting changed. */
  find(signal: AbortSignal): Promise<string | undefined>;
  /** Throws OsError `engine-conflict` where another volume has the name of the record. */
  keep(value: string): Promise<void>;
  /** To be called once the setting is put back. */
  remove(): Promise<void>;
}

export const openOverrideRecord = (
  engine: Pick<Engine, 'createVolume' | 'findVolume' | 'removeVolume'>,
): OverrideRecord => {
  const find = async (signal?: AbortSignal): Promise<string | undefined> =>
    (await engine.findVolume(recordName, signal))?.labels[ourLabels.override];
  return {
    find,
    async keep(value) {
      const { labels } = await engine.createVolume({
        Name: recordName,
        Labels: { [ourLabels.made]: '1', [ourLabels.override]: value },
      });
      if (labels[ourLabels.override] === undefined)
        throw new OsError('engine-conflict', `the volume ${recordName} was not made by os`, {
          hint: 'os keeps there how update locks are overridden: remove or rename it',
        });
    },
    async remove() {
      if ((await find()) !== undefined) await engine.removeVolume(recordName);
    },
  };
};

/** For a record whose setting is put back: one that stays is read again by the next command, which removes it. */
export function unlessFailed(error: unknown): void {
  if (!(error instanceof OsError)) throw error;
}

/** For a person, once the setting is put back. */
export const describePutBack = (value: string): string =>
  `an earlier command had left update locks overridden: ${overrideKey} of the device is put back to ${value}`;
