import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { BuildSecret } from '../build.ts';
import type { Cursor } from '../yaml/cursor.ts';

/** Longest name that fits into a plain tar header. */
const nameLimitBytes = 80;

/** A path below the directory it is relative to: `a/b`, not `../a`, `/a`, `.` or nothing. */
function isBelow(relative: string): boolean {
  const normal = path.posix.normalize(relative);
  return relative !== '' && normal !== '.' && !normal.startsWith('..') && !path.isAbsolute(normal);
}

const isFile = (file: string): Promise<boolean> =>
  stat(file).then(
    it => it.isFile(),
    () => false,
  );

async function readSecret(item: Cursor): Promise<BuildSecret[]> {
  const [source, dest] = [item.at('source'), item.at('dest')];
  const [from, name] = [source.text(), dest.text()];
  if (from === undefined) item.fail('needs a source, the name of a file in secrets/');
  if (name === undefined) item.fail('needs a dest, its name in /run/secrets');
  if (from === undefined || name === undefined) return [];
  // Problems of source and dest are reported at their own places.
  const directory = path.join(item.place.baseDirectory, 'secrets');
  const file = path.join(directory, from);
  if (!isBelow(from)) source.fail(`${from} is not a file in ${directory}`);
  else if (!(await isFile(file))) source.fail(`there is no file ${file}`);
  if (!isBelow(name)) dest.fail(`${name} is not a path in /run/secrets`);
  else if (Buffer.byteLength(name) > nameLimitBytes) dest.fail('is too long a path');
  return isBelow(from) && isBelow(name) ? [{ file, name: path.posix.normalize(name) }] : [];
}

/** `[{source, dest}]`: files of the `secrets` directory beside the settings, and their names in /run/secrets. */
export async function readSecrets(list: Cursor): Promise<BuildSecret[]> {
  if (!list.isPresent) return [];
  if (list.tree?.kind !== 'list') {
    list.fail('has to be a list of {source, dest}');
    return [];
  }
  return (await Promise.all(list.items().map(readSecret))).flat();
}
