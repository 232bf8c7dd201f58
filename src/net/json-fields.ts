/** Readers of JSON that a device sent, or another release of this program wrote, which may have any form. */

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

/** Returns the members of an object, whose values nobody has checked; those of anything else are none. */
export function recordOf<T>(value: unknown): Readonly<Record<string, T>> {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, T>) : {};
}
