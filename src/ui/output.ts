/**
 * The rules of the terminal: stdout is the answer, stderr the talk. Progress and redrawing only where a person watches;
 * colour never carries meaning alone; under `--json` stdout holds JSON and nothing else.
 */
import type { styleText } from 'node:util';

/** How answers are written: for a person at a terminal, as plain lines, or as JSON. */
export type OutputMode = 'tty' | 'plain' | 'json';

type Style = Parameters<typeof styleText>[0];

/** Where a command writes, and in which form. Made once by the base command. */
export interface Output {
  readonly mode: OutputMode;
  /** No talk but errors. */
  readonly isQuiet: boolean;
  /** Whether a person watches stderr, so progress may be drawn there. */
  readonly isTalkTty: boolean;
  /** Terminal width and height in cells; 80 × 24 where nobody knows. */
  readonly columns: () => number;
  readonly rows: () => number;
  /** Writes to stdout, as is. */
  readonly answer: (text: string) => void;
  /** Writes to stderr, as is. */
  readonly talk: (text: string) => void;
  /**
   * Keeps `lines` below whatever is written, on a terminal that a person watches; none: nothing stays there. What is
   * written while they are shown has to be whole lines, and is seen with the next call.
   */
  readonly showBelow: (lines: readonly string[]) => void;
  /** `text` in `style` where that stream shows colour, else unchanged. */
  readonly styleAnswer: (style: Style, text: string) => string;
  readonly styleTalk: (style: Style, text: string) => string;
}

/** A line of talk that a person may want and `--quiet` drops. */
export function note(output: Output, text: string): void {
  if (!output.isQuiet) output.talk(`${text}\n`);
}
