import { once } from 'node:events';
import { styleText } from 'node:util';
import { BottomLines } from '../../ui/push/bottom-lines.ts';
import type { Output, OutputMode } from '../../ui/output.ts';
import { isWatched } from './person.ts';

function showsColour(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY && TERM !== 'dumb';
}

/** Colours of the terminal that stdout is. */
export function answerColours(): 'true' | '256' | 'none' {
  const { stdout } = process;
  if (!showsColour(stdout)) return 'none';
  const bits = stdout.getColorDepth();
  return bits === 24 ? 'true' : bits >= 8 ? '256' : 'none';
}

/** Bytes that may wait for a reader. */
const waitingBytes = 1024 * 1024;

/** Resolves once the reader of `stream` has taken what waits, the stream fails, or `signal` aborts. */
const awaitDrain = (stream: NodeJS.WriteStream, signal: AbortSignal): Promise<void> =>
  once(stream, 'drain', { signal }).then(
    () => undefined,
    () => undefined,
  );

/** The process's own streams as an Output. */
export function processOutput(options: { readonly isJson: boolean; readonly isQuiet: boolean }): Output {
  const { stdout, stderr } = process;
  const mode: OutputMode = options.isJson ? 'json' : isWatched(stdout) ? 'tty' : 'plain';
  const isAnswerColoured = mode !== 'json' && showsColour(stdout);
  const isTalkColoured = showsColour(stderr);
  const columns = (): number => stdout.columns || stderr.columns || 80;
  const bottom = new BottomLines({
    answer: text => void stdout.write(text),
    talk: text => void stderr.write(text),
    isAnswerSeen: stdout.isTTY,
    columns,
  });
  let isShown = false;
  return {
    mode,
    isQuiet: options.isQuiet,
    isTalkTty: isWatched(stderr),
    columns,
    rows: () => stdout.rows || stderr.rows || 24,
    answer: text => (typeof text === 'string' ? bottom.write('answer', text) : void stdout.write(text)),
    talk: text => (typeof text === 'string' ? bottom.write('talk', text) : void stderr.write(text)),
    showBelow(lines) {
      // Buffered text above the bottom lines is printed even in a crash.
      if (!isShown) process.once('exit', () => bottom.show([]));
      isShown = true;
      bottom.show(lines);
    },
    awaitReader(signal) {
      const full = [stdout, stderr].filter(it => it.writableLength >= waitingBytes && !it.destroyed);
      if (full.length === 0) return undefined;
      return Promise.all(full.map(it => awaitDrain(it, signal))).then(() => undefined);
    },
    styleAnswer: (style, text) =>
      isAnswerColoured ? styleText(style, text, { validateStream: false }) : text,
    styleTalk: (style, text) => (isTalkColoured ? styleText(style, text, { validateStream: false }) : text),
  };
}
