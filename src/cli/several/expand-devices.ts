import { OsError } from '../../core/errors.ts';
import { findNearest } from '../../core/nearest.ts';
import { parseTarget } from '../../device/target.ts';
import { everyDevice } from './device-words.ts';

/** One of several devices. */
export interface NamedDevice {
  /** The name that people and scripts see: as it was typed, or as the scan lists it. */
  readonly label: string;
  /** The name that the command looks for. */
  readonly word: string;
}

export interface DeviceSets {
  /** Group → its devices, of the project's os.yml. */
  readonly readGroups: () => Promise<ReadonlyMap<string, readonly string[]>>;
  /** The development devices of the network. Throws OsError where there are none, or the person does not agree. */
  readonly findAll: () => Promise<readonly NamedDevice[]>;
}

function refuseGroup(word: string, known: readonly string[]): OsError {
  const nearest = findNearest(word.slice(1), known);
  return new OsError('usage', `no such group of devices: ${word}`, {
    hint:
      nearest !== undefined
        ? `did you mean @${nearest}?`
        : known.length > 0
          ? `os.yml has ${known.map(name => `@${name}`).join(', ')}`
          : "write it into the project's os.yml: `groups: {shop: [kitchen, hall]}`",
  });
}

function readWord(word: string): NamedDevice {
  parseTarget(word);
  return { label: word, word };
}

/**
 * The devices that `words` name, each once: groups are replaced by their devices. Throws OsError `usage`, also where one of them cannot
 * be the name of a device, before anything is done on the others.
 */
export async function expandDevices(
  words: readonly string[],
  { readGroups, findAll }: DeviceSets,
): Promise<readonly NamedDevice[]> {
  const devices: NamedDevice[] = [];
  for (const word of words) {
    if (word === '')
      throw new OsError('usage', `a device is missing between the commas: ${words.join(',')}`, {
        hint: 'name them as kitchen,hall',
      });
    if (word === everyDevice) devices.push(...(await findAll()));
    else if (word.startsWith('@')) {
      const groups = await readGroups();
      const members = groups.get(word.slice(1));
      if (members === undefined) throw refuseGroup(word, [...groups.keys()]);
      devices.push(...members.map(readWord));
    } else devices.push(readWord(word));
  }
  return devices.filter(({ label }, i) => devices.findIndex(it => it.label === label) === i);
}
