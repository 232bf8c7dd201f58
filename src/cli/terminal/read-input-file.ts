import { buffer } from 'node:stream/consumers';
import { readGivenFile } from '../../state/given-file.ts';

/** Reads a file that a flag names; `-` is stdin. Throws OsError `usage` where it cannot be read. */
export const readInputFile = (file: string): Promise<Buffer> =>
  file === '-' ? buffer(process.stdin) : readGivenFile(file);
