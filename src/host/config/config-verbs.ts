/** Reading and writing config.json through the port of files. */
import { OsError } from '../../core/errors.ts';
import type { HostFiles } from '../host-files.ts';
import { changeConfig, configPath, decodeValidConfig, type ConfigChange } from './config-file.ts';

/** Reads the file's bytes. Throws OsError `host-refused` if there is none. */
export async function readConfigBytes(files: HostFiles, signal: AbortSignal): Promise<Buffer> {
  const bytes = await files.read(configPath, { signal });
  if (bytes === undefined)
    throw new OsError('host-refused', `there is no ${configPath}`, {
      hint: 'is this a device, or an image, of the container OS?',
    });
  return bytes;
}

/** Reads the file's text. Throws OsError `config-invalid` if it is not a JSON object. */
export const readConfigText = async (files: HostFiles, signal: AbortSignal): Promise<string> =>
  decodeValidConfig(await readConfigBytes(files, signal));

/**
 * Writes the new text if the file is still unchanged. Throws OsError `busy` if somebody else has changed it meanwhile.
 */
export async function writeConfigText(
  files: HostFiles,
  before: Buffer,
  after: string,
  signal: AbortSignal,
): Promise<void> {
  await files.writeAtomically(configPath, Buffer.from(after), { mode: 0o644, replaces: before, signal });
}

/**
 * Throws OsError `host-refused` if the file is not `text`, nor that with a change of somebody else who came after this one.
 */
export async function checkWritten(
  files: HostFiles,
  { text, change }: { readonly text: string; readonly change: ConfigChange },
  signal: AbortSignal,
): Promise<void> {
  const written = await files.read(configPath, { signal });
  const found = written?.toString('utf8');
  const isThere =
    found === text ||
    (found !== undefined && change.kind !== 'replace' && changeConfig(found, change) === found);
  if (!isThere)
    throw new OsError('host-refused', `${configPath} does not hold what was written`, {
      hint: 'look at the file: `os config get --on DEVICE`',
    });
}
