import { lstatSync, readdirSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errnoOf, messageOf, OsError } from '../core/errors.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { byteNameOf, bytesOf, shownName, type ByteName } from './byte-names.ts';
import { readPathEnd } from './place.ts';

/** A file or directory of this machine to send. */
export interface LocalSource {
  /** The path that a person typed. */
  readonly text: string;
  /** Absolute. */
  readonly path: ByteName;
  readonly name: string;
  readonly isDirectory: boolean;
  /** True: what is in it, not it itself. */
  readonly isContents: boolean;
  /** Of all files in it. */
  readonly sizeBytes: number;
  readonly files: number;
}

/** Looks at each file at once: a turn of the event loop for each would take longer than that. Signals come in between directories. */
async function measure(directory: ByteName): Promise<{ readonly sizeBytes: number; readonly files: number }> {
  let [sizeBytes, files] = [0, 0];
  for (const name of readdirSync(bytesOf(directory), 'latin1')) {
    const inner = path.join(directory, name);
    const found = lstatSync(bytesOf(inner));
    if (found.isDirectory()) {
      const within = await measure(inner);
      sizeBytes += within.sizeBytes;
      files += within.files;
    } else {
      sizeBytes += found.isFile() ? found.size : 0;
      files += 1;
    }
  }
  await nextTurn();
  return { sizeBytes, files };
}

const unreadable = (text: string, error: unknown): OsError =>
  new OsError(
    'usage',
    errnoOf(error) === 'ENOENT' ? `no such file: ${text}` : `cannot read ${text}: ${messageOf(error)}`,
    { cause: error },
  );

/** Returns what `work`, which reads a file of this machine, gives. Throws OsError `usage`. */
export async function orUnreadable<T>(file: ByteName, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw unreadable(shownName(file), error);
  }
}

/** Like `orUnreadable`, for synchronous work. */
export function orUnreadableNow<T>(file: ByteName, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof OsError ? error : unreadable(shownName(file), error);
  }
}

/** Looks at a source of this machine; a link that is named is followed. Throws OsError `usage`. */
export async function readLocalSource(text: string): Promise<LocalSource> {
  const { path: named, isContents } = readPathEnd(text);
  const file = path.resolve(named);
  try {
    const found = await stat(file);
    const isDirectory = found.isDirectory();
    if (!isDirectory && !found.isFile())
      throw new OsError('usage', `${text} is neither a file nor a directory`);
    if (process.platform === 'linux' && /^\/(?:proc|sys)(?:\/|$)/.test(await realpath(file)))
      throw new OsError('usage', `${text} is of the kernel, and has no size that can be copied`, {
        hint: `for one file: cat ${shellQuote(text)} | os cp - DEVICE:/PATH`,
      });
    const bytes = byteNameOf(file);
    const { sizeBytes, files } = isDirectory ? await measure(bytes) : { sizeBytes: found.size, files: 1 };
    return { text, path: bytes, name: path.basename(file), isDirectory, isContents, sizeBytes, files };
  } catch (error) {
    throw error instanceof OsError ? error : unreadable(text, error);
  }
}
