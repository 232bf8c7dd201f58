/** Lets a person edit a text in an editor of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, OsError } from '../../core/errors.ts';
import { openTempFolder } from '../../files/temp-folder.ts';

export interface EditOptions {
  readonly signal: AbortSignal;
  /** Throws an OsError if the text is invalid; the file with the edit is then kept. */
  readonly check: (text: string) => void;
}

/** Returns the text after the edit. Throws OsError `usage` if no editor is set, or if it fails. */
export async function editText(name: string, text: string, { signal, check }: EditOptions): Promise<string> {
  const editor = [process.env['VISUAL'], process.env['EDITOR']].find(it => it !== undefined && it !== '');
  if (editor === undefined)
    throw new OsError('usage', 'no editor is set', { hint: 'set $EDITOR, e.g. EDITOR=nano' });
  const folder = await openTempFolder('os-edit-');
  const file = path.join(folder.path, name);
  let edited: string;
  try {
    await writeFile(file, text, { mode: 0o600 });
    await runEditor(editor, file, signal);
    edited = await readFile(file, 'utf8');
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
  try {
    check(edited);
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    const hint = `nothing was written; your edit is kept in ${file}`;
    throw new OsError(error.code, error.message, { hint, cause: error });
  }
  await folder[Symbol.asyncDispose]();
  return edited;
}

async function runEditor(editor: string, file: string, signal: AbortSignal): Promise<void> {
  // An editor may be given with flags, e.g. `code --wait`: a shell splits it, as git does.
  const child = spawn(`${editor} "${file}"`, { shell: true, stdio: 'inherit' });
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    signal.throwIfAborted();
    if (status !== 0) throw new OsError('usage', `the editor ends with status ${String(status)}: ${editor}`);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw new OsError('usage', `cannot start the editor ${editor}`, { cause: error });
  }
}
