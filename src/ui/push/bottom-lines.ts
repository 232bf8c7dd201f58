/**
 * Lines that stay at the bottom of a terminal while others scroll above them. A frame is one write that erases nothing
 * that stays, so that it does not flicker; the cursor is never hidden, so that it need not be restored.
 */
import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from '../display-width.ts';

export interface TerminalStreams {
  readonly answer: (text: string) => void;
  readonly talk: (text: string) => void;
  /** True if answers appear on the same terminal as talk. */
  readonly isAnswerSeen: boolean;
  readonly columns: () => number;
}

type Kind = 'answer' | 'talk';

const up = (rows: number): string => (rows > 0 ? `\x1b[${rows.toString()}F` : '');
const eraseBelow = '\x1b[J';
const eraseRight = '\x1b[K';

export class BottomLines {
  readonly #streams: TerminalStreams;
  #drawn: readonly string[] = [];
  #waiting: { readonly to: Kind; readonly text: string }[] = [];

  constructor(streams: TerminalStreams) {
    this.#streams = streams;
  }

  /** Writes whole lines above the bottom lines with the next frame; at once if there are none. */
  write(to: Kind, text: string): void {
    if (this.#drawn.length === 0 || (to === 'answer' && !this.#streams.isAnswerSeen)) this.#streams[to](text);
    else this.#waiting.push({ to, text });
  }

  /** Draws a frame: waiting text, and below it `lines`, none wider than the terminal. No lines: nothing stays. */
  show(lines: readonly string[]): void {
    const waiting = this.#waiting;
    const drawn = this.#drawn;
    this.#waiting = [];
    this.#drawn = lines;
    const isSame = lines.length === drawn.length && lines.every((line, i) => line === drawn[i]);
    if (waiting.length === 0 && isSame) return;
    const rows = this.#rowsOf(drawn);
    const fresh = lines.map(line => `${line}\n`).join('');
    if (waiting.length === 0 && rows === drawn.length) {
      const changed = lines.map((line, i) => (line === drawn[i] ? '\n' : `${line}${eraseRight}\n`));
      this.#streams.talk(up(rows) + changed.join('') + eraseBelow);
      return;
    }
    let [to, text]: [Kind, string] = ['talk', up(rows) + eraseBelow];
    for (const next of [...waiting, { to: 'talk', text: fresh } as const]) {
      if (next.to !== to) {
        this.#streams[to](text);
        [to, text] = [next.to, ''];
      }
      text += next.text;
    }
    this.#streams[to](text);
  }

  /** Counts the rows that `lines` take: some wrap if the window was made narrower since. */
  #rowsOf(lines: readonly string[]): number {
    const columns = this.#streams.columns();
    const rows = lines.map(line => Math.ceil(displayWidth(stripVTControlCharacters(line)) / columns));
    return rows.reduce((sum, count) => sum + Math.max(1, count), 0);
  }
}
