import { sanitizeLine } from '../core/sanitize.ts';

/** A sequence that erases part of a line, another control sequence, or one character. */
const tokens =
  // eslint-disable-next-line no-control-regex -- these are the sequences
  /\x1b\[([012]?)K|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|[^]/gu;

/** The characters that a terminal shows of `text` once it has all been written: `10%\r20%\r30%` shows `30%`. */
function overwritten(text: string): string {
  let shown: string[] = [];
  let column = 0;
  for (const [token, erased] of text.matchAll(tokens)) {
    if (token === '\r') column = 0;
    else if (token === '\b') column = Math.max(0, column - 1);
    else if (erased === '' || erased === '0') shown.length = Math.min(shown.length, column);
    else if (erased === '1') shown.fill(' ', 0, column + 1);
    else if (erased === '2') shown = [];
    else if (!token.startsWith('\x1b')) {
      while (shown.length < column) shown.push(' ');
      shown[column] = token;
      column += 1;
    }
  }
  return shown.join('');
}

/**
 * A line that a program printed, as a terminal shows it and safe to write to one: progress that overwrites itself is
 * its last state, and of control characters only tabs stay.
 */
export function terminalLine(text: string): string {
  const end = text.endsWith('\r') ? text.slice(0, -1) : text;
  const shown = /[\r\b]/.test(end) ? overwritten(end) : end;
  return shown.split('\t').map(sanitizeLine).join('\t');
}
