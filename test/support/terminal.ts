import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { shellQuote } from '../../src/core/shell-quote.ts';

export interface TestTerminal extends AsyncDisposable {
  /** Everything shown so far. */
  shown(): string;
  type(text: string): void;
  /** Waits until what is shown matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  resize(columns: number, rows: number): void;
}

/** `words` as a line of shell, for clones in whatever directory. */
export const lineOf = (words: readonly string[]): string => words.map(shellQuote).join(' ');

/**
 * A real terminal that runs the shell line `line` (util-linux's `script` owns it). Typed text goes to the line's
 * program; the terminal is 100 × 30 at first.
 */
export async function openTerminal(line: string, env: NodeJS.ProcessEnv): Promise<TestTerminal> {
  const inner = `tty; stty cols 100 rows 30; ${line}`;
  const child = spawn('script', ['-qefc', `sh -c ${shellQuote(inner)}`, '/dev/null'], { env });
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => {
    // What readline says to the terminal about pasting is not shown.
    // eslint-disable-next-line no-control-regex -- an escape sequence
    shown = (shown + chunk.toString()).replace(/\x1b\[\?2004[hl]\r?/g, '');
  });
  child.stdin.on('error', () => undefined);
  const until = async (pattern: RegExp): Promise<RegExpExecArray> => {
    const giveUp = AbortSignal.timeout(60_000);
    for (;;) {
      const match = pattern.exec(shown);
      if (match !== null) return match;
      if (child.exitCode !== null || giveUp.aborted)
        throw new Error(`no ${pattern.toString()} on the terminal, which shows:\n${shown}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  };
  const [, device = ''] = await until(/(\/dev\/pts\/\d+)\s/);
  return {
    shown: () => shown,
    type: text => void child.stdin.write(text),
    until,
    resize(columns, rows) {
      execFileSync('stty', ['-F', device, 'cols', columns.toString(), 'rows', rows.toString()]);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
