import type Docker from 'dockerode';
import type { Readable } from 'node:stream';

/** `fs.ModeDir` and `fs.ModeSymlink` of Go, as the engine writes modes. */
const [directoryBit, symlinkBit] = [2 ** 31, 2 ** 27];
const hasBit = (mode: number, bit: number): boolean => Math.floor(mode / bit) % 2 === 1;

interface PathStat {
  readonly mode: number;
  /** Where a link ends, all links on the way followed. */
  readonly linkTarget: string;
}

type Ask = <T>(answer: Promise<T>) => Promise<T>;

/** Whether a directory is at `path` of a container, links followed; undefined where nothing is. */
export async function isDirectoryAt(
  container: Docker.Container,
  path: string,
  ask: Ask,
): Promise<boolean | undefined> {
  const found = await statAt(container, path, ask);
  if (found === undefined || !hasBit(found.mode, symlinkBit))
    return found && hasBit(found.mode, directoryBit);
  const target = await statAt(container, found.linkTarget, ask);
  return target && hasBit(target.mode, directoryBit);
}

async function statAt(container: Docker.Container, path: string, ask: Ask): Promise<PathStat | undefined> {
  const answer = await ask((container.infoArchive({ path }) as Promise<unknown>).catch(unlessAbsent));
  if (answer === undefined) return undefined;
  const response = answer as Readable & { readonly headers: Readonly<Record<string, string | undefined>> };
  response.resume();
  const header = response.headers['x-docker-container-path-stat'] ?? '';
  return JSON.parse(Buffer.from(header, 'base64').toString()) as PathStat;
}

/** What answers HEAD has no body, and so no words to tell one 404 from another. */
function unlessAbsent(error: unknown): undefined {
  if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return undefined;
  throw error;
}
