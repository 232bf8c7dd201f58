import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, OsError } from '../core/errors.ts';
import { isNamedPipe } from './named-pipe.ts';
import { explainFileFailure } from './file-failure.ts';

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Replaces `file` by `content` in one step: a reader sees the old or the new content, never a part, also when this
 * process is killed. Creates missing directories (mode 0700). Throws OsError `state-unusable`.
 */
export async function writeFileAtomic(
  file: string,
  content: string | Buffer,
  mode = 0o600,
  owner?: Owner,
): Promise<void> {
  const staged = `${file}.${randomBytes(6).toString('hex')}.new`;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeWhole(staged, content, mode, owner);
    await rename(staged, file);
  } catch (error) {
    await rm(staged, { force: true }).catch(() => undefined);
    throw explainFileFailure(error, 'write', file);
  }
}

async function writeWhole(
  file: string,
  content: string | Buffer,
  mode: number,
  owner: Owner | undefined,
): Promise<void> {
  await using handle = await open(file, 'wx', mode);
  if (owner !== undefined) {
    const { uid, gid } = await handle.stat();
    if (uid !== owner.uid || gid !== owner.gid) await handle.chown(owner.uid, owner.gid);
  }
  await handle.writeFile(content);
  await handle.datasync();
}

/** The text of `file`, or undefined when there is none. Throws OsError `usage` for a named pipe, which may have no writer. */
export async function readFileIfPresent(file: string): Promise<string | undefined> {
  return (await readBytesIfPresent(file))?.toString('utf8');
}

/** Like `readFileIfPresent`, for a file that may be no text. */
export async function readBytesIfPresent(file: string): Promise<Buffer | undefined> {
  if (await isNamedPipe(file))
    throw new OsError('usage', `${file} is a pipe, which is not read`, { hint: 'put a file there' });
  try {
    return await readFile(file);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Reads a file whose loss is harmless: undefined if it cannot be read. */
export async function readMemory(file: string): Promise<string | undefined> {
  try {
    return await readFileIfPresent(file);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
