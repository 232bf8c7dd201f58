import { styleText } from 'node:util';
import { BottomLines } from '../ui/bottom-lines.ts';
import type { Output, OutputMode } from '../ui/output.ts';

function showsColour(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY && TERM !== 'dumb';
}

/** Whether a person watches `stream`: a terminal that can be drawn on, and not one that a machine records. */
function isWatched(stream: NodeJS.WriteStream): boolean {
  const { TERM, CI } = process.env;
  const isRecorded = CI !== undefined && CI !== '' && CI !== 'false' && CI !== '0';
  return stream.isTTY && TERM !== 'dumb' && !isRecorded;
}

/** The process's own streams as an Output. */
export function processOutput(options: { isJson: boolean; isQuiet: boolean }): Output {
  const { stdout, stderr } = process;
  const mode: OutputMode = options.isJson ? 'json' : isWatched(stdout) ? 'tty' : 'plain';
  const isAnswerColoured = mode !== 'json' && showsColour(stdout);
  const isTalkColoured = showsColour(stderr);
  const columns = (): number => stdout.columns || stderr.columns || 80;
  const bottom = new BottomLines({
    answer: text => void stdout.write(text),
    talk: text => void stderr.write(text),
    ...{ isAnswerSeen: stdout.isTTY, columns },
  });
  let isShown = false;
  return {
    mode,
    isQuiet: options.isQuiet,
    isTalkTty: isWatched(stderr),
    columns,
    rows: () => stdout.rows || stderr.rows || 24,
    answer: text => bottom.write('answer', text),
    talk: text => bottom.write('talk', text),
    showBelow(lines) {
      // A crash leaves nothing unsaid.
      if (!isShown) process.once('exit', () => bottom.show([]));
      isShown = true;
      bottom.show(lines);
    },
    styleAnswer: (style, text) =>
      isAnswerColoured ? styleText(style, text, { validateStream: false }) : text,
    styleTalk: (style, text) => (isTalkColoured ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** Whether `word` is among the arguments before `--`. */
export const isBeforeSeparator = (argv: readonly string[], word: string): boolean => {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes(word);
};
