import { readProjectDevice, readProjectGroups } from '../../device/project-device.ts';
import { notePlain, type Output } from '../../ui/output.ts';
import { canAsk } from '../terminal/person.ts';
import { deviceWordsOf, projectWordsOf, type DeviceSyntax, type Parsed } from './device-words.ts';
import { expandDevices, type NamedDevice } from './expand-devices.ts';

/**
 * The devices that a command line names, else `$OS_DEVICE`, else the project's os.yml. None where it works on no device, or on one that
 * it finds itself. Throws OsError `usage` where a word cannot name a device, and `project-invalid` for os.yml.
 */
export async function findDevices(
  parsed: Parsed,
  syntax: DeviceSyntax,
  { output, signal }: { readonly output: Output; readonly signal: AbortSignal },
): Promise<readonly NamedDevice[]> {
  const directory = process.cwd();
  const words = deviceWordsOf(parsed, syntax) ?? projectWordsOf(await readProjectDevice(directory));
  return expandDevices(words, {
    readGroups: () => readProjectGroups(directory),
    async findAll() {
      return (await import('./find-all.ts')).findAll({
        signal,
        note: text => notePlain(output, text),
        canAsk: output.mode !== 'json' && canAsk(),
        isAgreed: parsed.flags['yes'] === true,
      });
    },
  });
}
