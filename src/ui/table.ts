import { displayWidth, fit, pad } from './display-width.ts';

const gap = '  ';
const narrowest = 3;
/** Width below which a cut cell is useless: the last columns are dropped instead. */
const readable = 10;

/** Takes cells from the widest columns until all of them and the gaps between fit `width`. */
function shrink(widths: readonly number[], width: number): number[] {
  const shrunk = [...widths];
  let excess = shrunk.reduce((sum, cells) => sum + cells, 0) + gap.length * (shrunk.length - 1) - width;
  while (excess > 0) {
    const widest = Math.max(...shrunk);
    if (widest <= narrowest) break;
    shrunk[shrunk.indexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return shrunk;
}

/** Returns how many of the first columns there is room for. */
function countFitting(widths: readonly number[], width: number): number {
  let taken = -gap.length;
  const full = widths.findIndex(cells => (taken += gap.length + Math.min(cells, readable)) > width);
  return full === -1 ? widths.length : Math.max(1, full);
}

const widthsOf = (rows: readonly (readonly string[])[]): number[] =>
  Array.from({ length: Math.max(0, ...rows.map(row => row.length)) }, (_, i) =>
    Math.max(...rows.map(row => displayWidth(row[i] ?? ''))),
  );

/** Renders one line of a table whose columns are `widths` wide; cuts nothing. */
export const tableLine = (cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map((cell, i) => pad(cell, widths[i] ?? 0))
    .join(gap)
    .trimEnd();

export interface RenderedTable {
  /** The header and the rows, none wider than the screen. */
  readonly lines: readonly string[];
  /** Titles of the last columns, which there is no room for. */
  readonly hidden: readonly string[];
}

/**
 * A table of sanitised, unstyled cells; the most important columns come first. Its columns are as wide as the widest
 * cell so far, so that a redrawn table does not jump.
 */
export class Table {
  readonly #header: readonly string[];
  #widths: readonly number[];

  constructor(header: readonly string[]) {
    this.#header = header;
    this.#widths = header.map(displayWidth);
  }

  /** The width in cells that cuts nothing. */
  widthFor(rows: readonly (readonly string[])[]): number {
    this.#grow(rows);
    return this.#widths.reduce((sum, cells) => sum + cells, 0) + gap.length * (this.#widths.length - 1);
  }

  render(rows: readonly (readonly string[])[], width: number): RenderedTable {
    this.#grow(rows);
    const widths = shrink(this.#widths.slice(0, countFitting(this.#widths, width)), width);
    const line = (row: readonly string[]): string => {
      const cells = row.slice(0, widths.length).map((cell, i) => fit(cell, widths[i] ?? 0));
      return fit(tableLine(cells, widths), width);
    };
    return { lines: [this.#header, ...rows].map(line), hidden: this.#header.slice(widths.length) };
  }

  /** Renders one row as a separate line; cuts nothing. */
  line(row: readonly string[]): string {
    this.#grow([row]);
    return tableLine(row, this.#widths);
  }

  #grow(rows: readonly (readonly string[])[]): void {
    const needed = widthsOf(rows);
    this.#widths = this.#widths.map((cells, i) => Math.max(cells, needed[i] ?? 0));
  }
}

/** Says which columns are missing; no line if none is. */
export const describeHidden = (hidden: readonly string[]): string[] =>
  hidden.length === 0 ? [] : [`no room for ${hidden.join(', ')}: widen the terminal, or use --json`];
