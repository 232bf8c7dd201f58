/**
 * The rules of the terminal: stdout is the answer, stderr the talk. Progress and redrawing only if a person watches;
 * colour never carries meaning alone; under `--json` stdout has JSON and nothing else.
 */
import type { styleText } from 'node:util';
import { sanitizeLine } from '../core/sanitize.ts';
import { wrap } from './wrap.ts';

/** The form of answers: for a person at a terminal, as plain lines, or as JSON. */
export type OutputMode = 'tty' | 'plain' | 'json';

type Style = Parameters<typeof styleText>[0];

/** The streams of a command and their form. The base command creates one. */
export interface Output {
  readonly mode: OutputMode;
  /** True if only errors are written to stderr. */
  readonly isQuiet: boolean;
  /** True if a person watches stderr, so that progress may be drawn there. */
  readonly isTalkTty: boolean;
  /** Terminal width and height in cells; 80 × 24 if unknown. */
  readonly columns: () => number;
  readonly rows: () => number;
  /** Writes to stdout, as is. */
  readonly answer: (text: string | Uint8Array) => void;
  /** Writes to stderr, as is. */
  readonly talk: (text: string | Uint8Array) => void;
  /**
   * Shows `lines` below all other output, on a terminal that a person watches; an empty list removes them. Text written
   * while they are shown has to be whole lines, and appears with the next call.
   */
  readonly showBelow: (lines: readonly string[]) => void;
  /**
   * Resolves once the readers of stdout and stderr have taken what was written, or `signal` aborts; undefined where they keep up.
   * Whoever has more to write than a person can read awaits it: what waits is in memory.
   */
  readonly awaitReader: (signal: AbortSignal) => Promise<void> | undefined;
  /** Returns `text` in `style` if that stream shows colour, else unchanged. */
  readonly styleAnswer: (style: Style, text: string) => string;
  readonly styleTalk: (style: Style, text: string) => string;
}

/** Returns `text` as a string; each byte that is no UTF-8 becomes U+FFFD. */
export const asText = (text: string | Uint8Array): string =>
  typeof text === 'string' ? text : Buffer.from(text).toString();

/** Returns `text` for stderr, broken between words on a terminal that a person watches. */
export const wrapTalk = (output: Output, text: string, indent = 0): string =>
  output.isTalkTty ? wrap(text, output.columns(), indent) : text;

/** Returns `text` for stdout, broken between words on a terminal. */
export const wrapAnswer = (output: Output, text: string, indent = 0): string =>
  output.mode === 'tty' ? wrap(text, output.columns(), indent) : text;

/** Writes a line for a person to stderr, unless `--quiet` drops it. */
export function note(output: Output, text: string): void {
  if (!output.isQuiet) output.talk(`${wrapTalk(output, text)}\n`);
}

/** Does the same with a text without styles, which may hold text of a device, an image or the network: strips that. */
export function notePlain(output: Output, text: string): void {
  note(output, text.split('\n').map(sanitizeLine).join('\n'));
}
