import type { Output, OutputMode } from '../../src/ui/output.ts';

export interface FakeOutput extends Output {
  stdout: string;
  stderr: string;
  size: { columns: number; rows: number };
}

/** Keeps what is written; no colour. */
export function fakeOutput(mode: OutputMode, options: { isQuiet?: boolean } = {}): FakeOutput {
  const output: FakeOutput = {
    mode,
    isQuiet: options.isQuiet ?? false,
    isTalkTty: mode === 'tty',
    stdout: '',
    stderr: '',
    size: { columns: 100, rows: 24 },
    columns: () => output.size.columns,
    rows: () => output.size.rows,
    answer: text => {
      output.stdout += text;
    },
    talk: text => {
      output.stderr += text;
    },
    styleAnswer: (_style, text) => text,
    styleTalk: (_style, text) => text,
  };
  return output;
}

/** The screen that `written` leaves on a terminal that knows newlines, "up n lines" and "erase below". */
export function screenOf(written: string): string[] {
  const lines = [''];
  let row = 0;
  // eslint-disable-next-line no-control-regex -- these are the sequences
  for (const [part, up] of written.matchAll(/\x1b\[(\d+)F|\x1b\[J|\n|[^\n\x1b]+/gu))
    if (up !== undefined) row -= Number(up);
    else if (part === '\x1b[J') lines.length = row;
    else if (part === '\n') row += 1;
    else lines[row] = (lines[row] ?? '') + part;
  return Array.from(lines, line => line).filter(line => line !== '');
}
