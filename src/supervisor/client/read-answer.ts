/** Readers of a supervisor's answers, which may have any form. */
import { sanitizeLine } from '../../core/sanitize.ts';
import * as json from '../../net/json-fields.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** undefined if `value` is not an object. */
export const readObject = (value: unknown): JsonObject | undefined => (isObject(value) ? value : undefined);

/** undefined if the bytes are not a JSON object. */
export const readJsonObject = (body: Buffer | string): JsonObject | undefined =>
  readObject(json.jsonOf(body.toString()));

/** `object[key]` where that is an object; else an empty one. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

export const textAt = (object: JsonObject, key: string): string | undefined =>
  json.textAt(object, key) ?? undefined;

/** The longest name that a supervisor takes. */
const longestName = 255;

/** A name to print, cut and on one line. It must not be sent back to the supervisor. */
export const nameAt = (object: JsonObject, key: string): string | undefined => {
  const text = textAt(object, key);
  return text === undefined ? undefined : sanitizeLine(text).slice(0, longestName);
};

export const numberAt = (object: JsonObject, key: string): number | undefined =>
  json.numberAt(object, key) ?? undefined;

/** The members of `object` that are text. */
export const textsOf = (object: JsonObject): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(object).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
