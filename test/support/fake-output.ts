import { BottomLines } from '../../src/ui/push/bottom-lines.ts';
import type { Output, OutputMode } from '../../src/ui/output.ts';

export interface FakeOutput extends Output {
  stdout: string;
  stderr: string;
  /** Both, as a terminal gets them: one write each. */
  writes: string[];
  size: { columns: number; rows: number };
}

/** Keeps what is written; no colour. */
export function fakeOutput(mode: OutputMode, options: { isQuiet?: boolean } = {}): FakeOutput {
  const write =
    (stream: 'stdout' | 'stderr') =>
    (text: string): void => {
      output[stream] += text;
      output.writes.push(text);
    };
  const bottom = new BottomLines({
    ...{ answer: write('stdout'), talk: write('stderr') },
    ...{ isAnswerSeen: true, columns: () => output.size.columns },
  });
  const output: FakeOutput = {
    mode,
    isQuiet: options.isQuiet ?? false,
    isTalkTty: mode === 'tty',
    stdout: '',
    stderr: '',
    writes: [],
    size: { columns: 100, rows: 24 },
    columns: () => output.size.columns,
    rows: () => output.size.rows,
    answer: text =>
      bottom.write('answer', typeof text === 'string' ? text : Buffer.from(text).toString('latin1')),
    talk: text =>
      bottom.write('talk', typeof text === 'string' ? text : Buffer.from(text).toString('latin1')),
    showBelow: lines => bottom.show(lines),
    awaitReader: () => undefined,
    styleAnswer: (_style, text) => text,
    styleTalk: (_style, text) => text,
  };
  return output;
}

/** The lines that `written` leaves on a terminal that knows newlines, "up n lines" and what to erase, and wraps. */
export function screenOf(written: string, columns = Infinity): string[] {
  const lines: string[] = [];
  let [row, column] = [0, 0];
  // eslint-disable-next-line no-control-regex -- these are the sequences
  for (const [part, up] of written.matchAll(/\x1b\[(\d+)F|\x1b\[[JK]|[\r\n]|[^\x1b]/gu)) {
    const line = lines[row] ?? '';
    if (up !== undefined) [row, column] = [row - Number(up), 0];
    else if (part === '\n') [row, column] = [row + 1, 0];
    else if (part === '\r') column = 0;
    else if (part.startsWith('\x1b')) {
      lines[row] = line.slice(0, column);
      if (part.endsWith('J')) lines.length = row + 1;
    } else {
      if (column >= columns) [row, column] = [row + 1, 0];
      const old = lines[row] ?? '';
      lines[row] = old.slice(0, column).padEnd(column) + part + old.slice(column + 1);
      column += 1;
    }
  }
  return Array.from(lines as (string | undefined)[], line => line ?? '').filter(line => line !== '');
}
