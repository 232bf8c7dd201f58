import type { ConfigurationText } from '../verbs/image/read-configuration.ts';
import { askSecret, askText, confirm } from './prompts.ts';

/** Asks for the usual settings of an image, one after the other; an empty answer leaves one as it is. */
export async function askConfiguration(signal: AbortSignal): Promise<ConfigurationText> {
  const ask = async (question: string): Promise<string | undefined> =>
    (await askText(`${question} (empty: as it is)`, signal)).trim() || undefined;
  const hostname = await ask('Host name');
  const wifi = await ask('Wi-Fi network');
  const passphrase = wifi === undefined ? undefined : await askSecret('Its passphrase (empty: none)', signal);
  const sshKey = await ask('Public SSH key, or a file of it');
  const isDevelopment = await confirm('Development mode: engine and root shell open to the network?', signal);
  return {
    hostname,
    wifi,
    wifiPassphrase: passphrase === '' ? undefined : passphrase,
    sshKeys: sshKey === undefined ? [] : [sshKey],
    isDevelopment: isDevelopment ? true : undefined,
  };
}
