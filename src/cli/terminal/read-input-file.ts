import { buffer } from 'node:stream/consumers';
import { readGivenFile } from '../../state/given-file.ts';
import { checkInput } from './check-input.ts';

/** Reads a file that a flag names; `-` is stdin. Throws OsError `usage` where it cannot be read. */
export async function readInputFile(file: string): Promise<Buffer> {
  if (file !== '-') return await readGivenFile(file);
  checkInput(process.stdin);
  return await buffer(process.stdin);
}
