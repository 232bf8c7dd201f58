/** `os config get`: one value of config.json, or all of it. */
import { OsError } from '../../../core/errors.ts';
import { readConfigText } from '../../../host/config/config-verbs.ts';
import { getJson } from '../../../host/config/edit-json.ts';
import { formatKeyPath, parseKeyPath } from '../../../host/config/key-path.ts';
import { maskSecrets } from '../../../host/config/mask-secrets.ts';
import type { HostFiles } from '../../../host/host-files.ts';

export interface GetConfigRequest {
  /** Dotted; undefined: all of it. */
  readonly key: string | undefined;
  readonly areSecretsShown: boolean;
}

/** Throws OsError `config-invalid` if the key has no value. */
export async function getDeviceConfig(
  { key, areSecretsShown }: GetConfigRequest,
  { device, signal }: { readonly device: { readonly files: HostFiles }; readonly signal: AbortSignal },
): Promise<{ readonly key: string | null; readonly value: unknown }> {
  const path = key === undefined ? [] : parseKeyPath(key);
  const text = await readConfigText(device.files, signal);
  const value = getJson(text, path);
  if (value === undefined)
    throw new OsError('config-invalid', `config.json has no ${formatKeyPath(path)}`, {
      hint: '`os config get` prints what it has, `os config schema` what the OS reads',
    });
  return { key: key ?? null, value: areSecretsShown ? value : maskSecrets(value, path) };
}
