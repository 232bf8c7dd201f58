/** Secrets in values that are shown: each becomes `(hidden)`. */
import { findConfigKey } from './config-keys.ts';

export const hidden = '(hidden)';

/** Undocumented keys are judged by their name. */
const secretName = /(?:key|token|password|passwd|passphrase|secret|psk|pin)s?$/i;

function isSecret(path: readonly string[]): boolean {
  const known = findConfigKey(path);
  return known === undefined ? secretName.test(path.at(-1) ?? '') : known.isSecret === true;
}

/** Returns `value`, from `path` of config.json, without its secrets. */
export function maskSecrets(value: unknown, path: readonly string[] = []): unknown {
  if (path.length > 0 && isSecret(path)) return hidden;
  if (Array.isArray(value)) return value.map(item => maskSecrets(item, path));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, maskSecrets(inner, [...path, key])]),
  );
}
