/**
 * Names of files as bytes: on Linux a name is any bytes but `/` and zero, and need not be UTF-8. Within `copy/`, paths and names
 * are strings with one character a byte (latin1), so that no name changes on its way.
 */
import { isUtf8 } from 'node:buffer';
import { OsError } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';

/** A path or name, one character a byte. */
export type ByteName = string;

/** The bytes, as the functions of `fs` take a path. */
export const bytesOf = (name: ByteName): Buffer => Buffer.from(name, 'latin1');

/** Of a text that a person typed. */
export const byteNameOf = (text: string): ByteName => Buffer.from(text, 'utf8').toString('latin1');

/** For a message. Bytes that are not UTF-8 are shown as U+FFFD. */
export const shownName = (name: ByteName): string => sanitizeLine(bytesOf(name).toString('utf8'));

/**
 * Throws OsError `usage` for a name that this machine cannot have: Windows, whose names are UTF-16, would change it silently.
 * macOS refuses it by itself.
 */
export function checkLocalName(name: ByteName, platform: NodeJS.Platform = process.platform): void {
  if (platform === 'win32' && !isUtf8(bytesOf(name)))
    throw new OsError('usage', `this machine cannot have a file of that name: ${shownName(name)}`, {
      hint: 'it is not valid UTF-8; rename it on the device',
    });
}
