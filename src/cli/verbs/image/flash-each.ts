/** `os image flash --each`: one image for many devices, a card each, with the settings of its line of a list. */
import { OsError } from '../../../core/errors.ts';
import type { Mutable } from '../../../core/mutable.ts';
import type { Drive } from '../../../image/drives/drive.ts';
import { describeDrive, type ConfirmOptions } from './choose-drives.ts';
import { planConfiguration } from './configure-image.ts';
import { followLinks } from './follow-links.ts';
import { flashImage, type FlashDependencies, type FlashRequest } from './flash-image.ts';
import type { ConfigurationText } from './read-configuration.ts';
import { readDevices } from './read-devices.ts';

export interface FlashEachRequest extends FlashRequest {
  /** A CSV file: see `readDeviceList`. */
  readonly list: string;
  /** Settings that all devices share. */
  readonly common: ConfigurationText;
  /** Number of lines of the list that are done already. */
  readonly skip: number;
}

type EachDependencies = Omit<FlashDependencies, 'checkChosen' | 'planPatches'>;

const pauseMs = 500;

/** Time for the system to learn the model and serial of a drive that was just plugged in. */
const settleMs = 3000;

/** A drive as it was named, and what was flashed under that name last: a reader, whatever card is in it, or a stick. */
type Place = Mutable<{
  readonly name: string;
  readonly reader: string | undefined;
}>;

/** Returns the places that are named; a drive with several names is one. */
async function readPlaces(names: readonly string[]): Promise<readonly Place[]> {
  const byPath = new Map<string, Place>();
  for (const name of names) {
    const path = await followLinks(name);
    if (!byPath.has(path)) byPath.set(path, { name, reader: undefined });
  }
  return [...byPath.values()];
}

/**
 * Waits until the card in `place` was taken out and another is in: a card that was just written is never taken for the next
 * one. An empty reader has no size, and a stick that is pulled out is gone. Resolves with the drive, and whether it is the
 * reader that was flashed before: another drive may have got its name.
 */
async function awaitNextCard(
  { name, reader }: Place,
  { drives, clock, signal }: EachDependencies,
): Promise<{ readonly drive: Drive; readonly isSame: boolean }> {
  const find = async (): Promise<Drive | undefined> => {
    const path = await followLinks(name);
    const present = await drives.list(signal);
    return present.find(drive => (drive.path === path || drive.name === path) && drive.sizeBytes > 0);
  };
  while ((await find()) !== undefined) await clock.sleep(pauseMs, signal);
  let sinceMs: number | undefined;
  for (;;) {
    const drive = await find();
    const isSame = drive !== undefined && drives.readerOf(drive) === reader;
    sinceMs = drive === undefined ? undefined : (sinceMs ?? clock.nowMs());
    if (drive !== undefined && sinceMs !== undefined && (isSame || clock.nowMs() - sinceMs >= settleMs))
      return { drive, isSame };
    await clock.sleep(pauseMs, signal);
  }
}

const refuseOther = (drive: Drive, index: number): OsError =>
  new OsError(
    'drive-refused',
    `refuses to write to another drive than the one before: ${describeDrive(drive)}`,
    {
      hint: `plug in the reader that was named, or name this drive and add --skip ${index.toString()}`,
    },
  );

/**
 * Flashes a card for each device of a list, drive after drive: the first devices to the drives that are named, the others
 * to cards that take their places. The list is checked whole before anything is written. Another drive in a place than the
 * reader before is written to only where a person says so, else OsError `drive-refused`. Stops at the first failure.
 */
export async function flashEach(dependencies: EachDependencies, request: FlashEachRequest): Promise<void> {
  const { drives, signal, note, questions } = dependencies;
  if (request.drives.length === 0)
    throw new OsError('usage', 'no drive is named', {
      hint: 'name the drives, or the card reader, by --drive',
    });
  const devices = await readDevices(request.list, request.common);
  if (request.skip >= devices.length)
    throw new OsError('usage', `the list has ${devices.length.toString()} devices, and all are skipped`);
  const places = await readPlaces(request.drives);
  for (const [turn, { name, configuration }] of devices.slice(request.skip).entries()) {
    const index = request.skip + turn;
    const place = places[turn % places.length];
    if (place === undefined) throw new Error('a place is missing');
    const which = `${name} (${(index + 1).toString()} of ${devices.length.toString()})`;
    let path = await followLinks(place.name);
    let isOtherAsked = false;
    if (turn >= places.length) {
      note(`take out ${path}, and put in the card of ${which}`);
      const { drive, isSame } = await awaitNextCard(place, dependencies);
      if (!isSame && questions === undefined) throw refuseOther(drive, index);
      isOtherAsked = !isSame;
      path = drive.path;
    }
    const checkChosen = ([drive]: readonly Drive[]): void => {
      if (drive === undefined) return;
      const reader = drives.readerOf(drive);
      const isOther = place.reader !== undefined && place.reader !== reader;
      if (isOther && !isOtherAsked) throw refuseOther(drive, index);
      place.reader = reader;
    };
    // No flag was meant for another drive.
    const answers: ConfirmOptions = isOtherAsked ? { isYes: false, confirmed: [] } : request;
    note(`${path}: ${which}`);
    try {
      await flashImage(
        {
          ...dependencies,
          checkChosen,
          planPatches: async source =>
            (await planConfiguration(source, configuration, { signal, now: () => new Date() })).patches,
        },
        { ...request, ...answers, drives: [path] },
      );
    } catch (error) {
      note(
        `${index.toString()} of ${devices.length.toString()} devices are done; go on with --skip ${index.toString()}`,
      );
      throw error;
    }
  }
}
