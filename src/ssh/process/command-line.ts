import { OsError } from '../../core/errors.ts';
import { shellQuote } from '../../core/shell-quote.ts';

/** The longest argument with which Linux starts a program (MAX_ARG_STRLEN, execve(2)), for pages of 4 KiB. */
const longestBytes = 131_071;
/** The longest command that dropbear takes (MAX_CMD_LEN). */
const longestOfDropbear = 9000;

const tooLong = (sizeBytes: number, takes: string): OsError =>
  new OsError('usage', `the command is ${sizeBytes.toString()} bytes long; ${takes}`, {
    hint: 'write it to a file and send that as the input of a shell: os ssh DEVICE < FILE',
  });

/**
 * Throws OsError `usage` if no device can start `command`: a server would hang up, or fail without naming the length.
 */
export function checkLength(command: string): void {
  const sizeBytes = Buffer.byteLength(command);
  if (sizeBytes > longestBytes) throw tooLong(sizeBytes, `a device takes ${longestBytes.toString()} at most`);
}

/**
 * Returns the reason why a server that is still connected may have refused `command`; undefined if its length is not
 * the reason.
 */
export function explainRefusal(command: string): OsError | undefined {
  const sizeBytes = Buffer.byteLength(command);
  if (sizeBytes <= longestOfDropbear) return undefined;
  return tooLong(
    sizeBytes,
    `this device's SSH server refuses it (dropbear takes ${longestOfDropbear.toString()})`,
  );
}

/**
 * The line of shell that runs `words` on a device: several words arrive there exactly as they are, a single one is
 * shell itself (`'ls | wc -l'`); undefined for no words.
 */
export function toCommandLine(words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  return words.length === 1 ? words[0] : words.map(shellQuote).join(' ');
}
