import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../core/errors.ts';

/**
 * Replaces `file` by `content` in one step: a reader sees the old or the new content, never a part, also when this
 * process is killed. Creates missing directories (mode 0700).
 */
export async function writeFileAtomic(file: string, content: string | Buffer, mode = 0o600): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const staged = `${file}.${randomBytes(6).toString('hex')}.new`;
  try {
    await using handle = await open(staged, 'wx', mode);
    await handle.writeFile(content);
    await handle.datasync();
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
  await rename(staged, file);
}

/** The text of `file`, or undefined when there is none. */
export async function readFileIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
