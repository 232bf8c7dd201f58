import { styleText } from 'node:util';
import type { Output, OutputMode } from '../ui/output.ts';

function showsColour(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY && TERM !== 'dumb';
}

/** The process's own streams as an Output. */
export function processOutput(options: { isJson: boolean; isQuiet: boolean }): Output {
  const { stdout, stderr } = process;
  const mode: OutputMode = options.isJson
    ? 'json'
    : stdout.isTTY && process.env['TERM'] !== 'dumb'
      ? 'tty'
      : 'plain';
  const isAnswerColoured = mode !== 'json' && showsColour(stdout);
  const isTalkColoured = showsColour(stderr);
  return {
    mode,
    isQuiet: options.isQuiet,
    isTalkTty: stderr.isTTY && process.env['TERM'] !== 'dumb',
    columns: () => stdout.columns || stderr.columns || 80,
    rows: () => stdout.rows || stderr.rows || 24,
    answer: text => void stdout.write(text),
    talk: text => void stderr.write(text),
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
