import { isUtf8 } from 'node:buffer';
import { OsError } from '../../core/errors.ts';
import { parseKeyfile } from './keyfile.ts';

/** True for the files that NetworkManager leaves alone (nm-keyfile-utils.c): hidden, temporary, backups and certificates. */
export const isIgnoredFile = (name: string): boolean =>
  /^\.|~$|\.(?:pem|der|swp|swpx)$|\.[A-Za-z0-9]{6}$/i.test(name);

function problemOf(content: Buffer): string | undefined {
  if (!isUtf8(content)) return 'it is not in UTF-8';
  const text = content.toString('utf8');
  if (text.startsWith('\ufeff')) return 'it begins with a byte order mark';
  try {
    return parseKeyfile(text).length === 0 ? 'it is empty' : undefined;
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    return error.message;
  }
}

/** Throws OsError `config-invalid` for a file of a connection that NetworkManager would leave alone or refuse. */
export function checkConnectionFile(name: string, content: Uint8Array): void {
  const quoted = JSON.stringify(name);
  if (isIgnoredFile(name))
    throw new OsError('config-invalid', `NetworkManager ignores files called ${quoted}`, {
      hint: 'give the file another name, such as one that ends in .nmconnection',
    });
  const problem = problemOf(Buffer.from(content));
  if (problem !== undefined)
    throw new OsError('config-invalid', `NetworkManager refuses the connection ${quoted}: ${problem}`);
}
