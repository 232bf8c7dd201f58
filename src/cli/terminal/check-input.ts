import { fstatSync } from 'node:fs';
import { OsError } from '../../core/errors.ts';

/** Throws OsError `usage` where stdin is a directory, which Node reads as if it were empty. */
export function checkInput({ fd }: { readonly fd: number }): void {
  if (fstatSync(fd).isDirectory())
    throw new OsError('usage', 'stdin is a directory', { hint: 'redirect a file into it' });
}
