/** The files of a change as they were before it, and their way back over the connection that made it. */
import { OsError } from '../../core/errors.ts';
import type { HostFiles } from '../host-files.ts';
import type { FileBefore } from './undo-plan.ts';

/** Reads the files; each is put back with the permission bits `mode`. */
export const readFilesBefore = (
  files: HostFiles,
  paths: readonly string[],
  { mode, signal }: { readonly mode: number; readonly signal: AbortSignal },
): Promise<readonly FileBefore[]> =>
  Promise.all(paths.map(async path => ({ path, content: await files.read(path, { signal }), mode })));

async function putBack(
  files: HostFiles,
  { path, content, mode }: FileBefore,
  signal: AbortSignal,
): Promise<void> {
  const now = await files.read(path, { signal });
  // A disk that is full or read-only may refuse what it holds already.
  if (content === undefined ? now === undefined : now?.equals(content) === true) return;
  if (content === undefined) await files.remove(path, { signal });
  else await files.writeAtomically(path, content, { mode, signal });
}

/** Puts every file back as it was. False if the device refuses that of one of them; the others are put back all the same. */
export async function restoreFiles(
  files: HostFiles,
  before: readonly FileBefore[],
  signal: AbortSignal,
): Promise<boolean> {
  let isRestored = true;
  for (const file of before)
    try {
      await putBack(files, file, signal);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      isRestored = false;
    }
  return isRestored;
}
