import type { Engine } from '../../engine/engine.ts';
import { OsError } from '../../core/errors.ts';
import { readArchiveFile } from '../transport/archive/read-archive.ts';

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

/** Returns the fields of the line of `/etc/passwd` or `/etc/group` whose name or number is `wanted`. */
const findLine = (text: string, wanted: string): readonly string[] | undefined =>
  text
    .split('\n')
    .map(line => line.split(':'))
    .find(([name, , id]) => name === wanted || id === wanted);

/**
 * Returns `uid:gid` of the user that a container's program runs as, by the rules of the engine: names are those of the
 * container's own files, and a number without a line there has the group 0. Undefined for root, or a name that is unknown.
 */
export async function findContainerUser(
  engine: Pick<Engine, 'getContainer' | 'getArchive'>,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { user } = await engine.getContainer(id, signal);
  if (user === '' || user === 'root' || user === '0') return undefined;
  const [who = '', group] = user.split(':');
  const read = async (path: string): Promise<string> => {
    try {
      return (await readArchiveFile(engine, id, path, signal))?.toString() ?? '';
    } catch (error) {
      if (error instanceof OsError && error.code === 'engine-missing') return '';
      throw error;
    }
  };
  const isComplete = numberOf(who) !== undefined && numberOf(group) !== undefined;
  const line = isComplete ? undefined : findLine(await read('/etc/passwd'), who);
  const uid = numberOf(line?.[2]) ?? numberOf(who);
  if (uid === undefined) return undefined;
  const named = group === undefined || numberOf(group) !== undefined ? undefined : await read('/etc/group');
  const gid =
    group === undefined
      ? (numberOf(line?.[3]) ?? 0)
      : (numberOf(group) ?? numberOf(findLine(named ?? '', group)?.[2]) ?? 0);
  return `${uid.toString()}:${gid.toString()}`;
}
