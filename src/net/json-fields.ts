/** Readers of JSON that a device sent, which may have any form. */

/** Returns the parsed JSON, or undefined if the text is invalid. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns `value[key]`; undefined if `value` is not an object. */
export function fieldAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** Returns `value[key]` if it is a non-empty string, else null. */
export function textAt(value: unknown, key: string): string | null {
  const found = fieldAt(value, key);
  return typeof found === 'string' && found !== '' ? found : null;
}

/** Returns `value[key]` if it is a finite number, else null. */
export function numberAt(value: unknown, key: string): number | null {
  const found = fieldAt(value, key);
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
}
