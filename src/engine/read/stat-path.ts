import type Docker from 'dockerode';
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { OsError } from '../../core/errors.ts';
import type { FoundPath } from '../objects.ts';

/** `fs.ModeDir` and `fs.ModeSymlink` of Go, as the engine writes modes. */
const [directoryBit, symlinkBit] = [2 ** 31, 2 ** 27];
/** `fs.ModeDevice`, `fs.ModeNamedPipe` and `fs.ModeSocket`. */
const specialBits = [2 ** 26, 2 ** 25, 2 ** 24];
const hasBit = (mode: number, bit: number): boolean => Math.floor(mode / bit) % 2 === 1;

interface PathStat {
  readonly mode: number;
  readonly linkTarget: string;
}

type Ask = <T>(answer: Promise<T>) => Promise<T>;

/** Returns the type of the file at `path` of a container, following links; undefined if there is none. */
export async function statPath(
  container: Docker.Container,
  path: string,
  ask: Ask,
): Promise<FoundPath | undefined> {
  const found = await statAt(container, path, ask);
  if (found === undefined) return undefined;
  const { mode, linkTarget } = found;
  if (hasBit(mode, symlinkBit)) return { kind: 'symlink', leadsTo: linkTarget };
  if (hasBit(mode, directoryBit)) return { kind: 'directory' };
  return { kind: specialBits.some(bit => hasBit(mode, bit)) ? 'special' : 'other' };
}

/** An engine fails to look below a file, with status 500 and, to HEAD, no word why. */
async function isBelowFile(container: Docker.Container, path: string, ask: Ask): Promise<boolean> {
  const parent = posix.dirname(path);
  if (parent === path) return false;
  const there = await statAt(container, parent, ask);
  const isLink = there !== undefined && hasBit(there.mode, symlinkBit);
  const found = isLink ? await statAt(container, there.linkTarget, ask) : there;
  return found === undefined || !hasBit(found.mode, directoryBit);
}

async function statAt(container: Docker.Container, path: string, ask: Ask): Promise<PathStat | undefined> {
  let answer: unknown;
  try {
    answer = await ask((container.infoArchive({ path }) as Promise<unknown>).catch(unlessAbsent));
  } catch (error) {
    if (!(error instanceof OsError) || error.code !== 'engine-refused') throw error;
    if (await isBelowFile(container, path, ask)) return undefined;
    throw error;
  }
  if (answer === undefined) return undefined;
  const response = answer as Readable & { readonly headers: Readonly<Record<string, string | undefined>> };
  response.resume();
  const header = response.headers['x-docker-container-path-stat'] ?? '';
  return JSON.parse(Buffer.from(header, 'base64').toString()) as PathStat;
}

/** An answer to HEAD has no body that would distinguish one 404 from another. */
function unlessAbsent(error: unknown): undefined {
  if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return undefined;
  throw error;
}
