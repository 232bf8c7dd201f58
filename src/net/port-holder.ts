import { readFile } from 'node:fs/promises';
import { errnoOf } from '../core/errors.ts';
import { isEveryAddress, parseListeningSockets } from './listening-sockets.ts';
import { readOpenFiles } from './open-files.ts';

/** Lists the TCP sockets of this machine; a kernel without IPv6 has no second table, other systems have none. */
const readTable = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === undefined) throw error;
    return '';
  });

/**
 * The program of this machine that listens on a TCP port of `address`, e.g. `postgres (pid 812)`; undefined where that is
 * unknown: not on Linux, or another user's.
 */
export async function findPortHolder(address: string, port: number): Promise<string | undefined> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readTable));
  const inodes = parseListeningSockets(tables.join('\n'))
    .filter(it => it.port === port && (it.address === address || isEveryAddress(it.address)))
    .map(({ inode }) => inode);
  if (inodes.length === 0) return undefined;
  const { socketHolders } = await readOpenFiles();
  return inodes.flatMap(inode => socketHolders.get(inode) ?? [])[0];
}
