import { OsError } from '../../../core/errors.ts';
import { JsonSyntaxError, parseJson } from '../../../host/config/json-document.ts';
import type { ImageConfiguration } from '../../../image/configure/configure-boot.ts';
import { readGivenText } from '../../../state/given-file.ts';

type Values = ImageConfiguration['values'];

/** Returns one value for each key within objects, so that the image keeps the other keys of the same objects. */
function valuesIn(value: unknown, path: readonly string[]): Values {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ path, value }];
  const members = Object.entries(value);
  if (members.length === 0 && path.length > 0) return [{ path, value }];
  return members.flatMap(([key, inner]) => valuesIn(inner, [...path, key]));
}

/** Returns the values in `file`, a config.json. Throws OsError `usage` if it cannot be read, or is not a JSON object. */
export async function readConfigFile(file: string): Promise<Values> {
  const text = await readGivenText(file, { what: 'the configuration' });
  try {
    if (parseJson(text).kind === 'object') return valuesIn(JSON.parse(text), []);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const place = `line ${error.line.toString()}, column ${error.column.toString()}`;
    throw new OsError('usage', `${file} is not valid JSON: ${place}: ${error.message}`, { cause: error });
  }
  throw new OsError('usage', `${file} is not a JSON object`, {
    hint: 'name a file like the config.json of an image',
  });
}
