import { OsError } from '../../../core/errors.ts';
import { readGivenText } from '../../../state/given-file.ts';
import type { ImageConfiguration } from '../../../image/configure/configure-boot.ts';
import { readDeviceList, type ListedDevice } from './device-list.ts';
import { readConfiguration, type ConfigurationText } from './read-configuration.ts';

export interface ConfiguredDevice extends Pick<ListedDevice, 'columns'> {
  /** For messages: its host name, else its number. */
  readonly name: string;
  readonly configuration: ImageConfiguration;
}

/** Reads the configurations of the devices in the CSV file `list`. An error of one names it. */
export async function readDevices(
  list: string,
  common: ConfigurationText,
): Promise<readonly ConfiguredDevice[]> {
  const csv = await readGivenText(list, { what: 'the list of devices' });
  const devices: ConfiguredDevice[] = [];
  for (const [index, { text, columns }] of readDeviceList(csv, common).entries()) {
    const number = `device ${(index + 1).toString()}`;
    try {
      const configuration = await readConfiguration(text);
      devices.push({ name: text.hostname ?? number, columns, configuration });
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      const { code, message, hint } = error;
      throw new OsError(code, `${number} of the list: ${message}`, {
        ...(hint === undefined ? {} : { hint }),
        cause: error,
      });
    }
  }
  return devices;
}
