import { OsError } from '../../core/errors.ts';
import { readOpenFile, type OpenFile } from '../../project/context/content/read-file.ts';

/** Returns undefined if the file became shorter, which is another edit: that one sends it. */
export async function readIfWhole(file: OpenFile): Promise<Buffer | undefined> {
  try {
    return await readOpenFile(file);
  } catch (error) {
    if (error instanceof OsError && error.code === 'project-invalid') return undefined;
    throw error;
  }
}
