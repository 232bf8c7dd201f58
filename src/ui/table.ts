import { displayWidth, fit, pad } from './display-width.ts';

const gap = '  ';
const narrowest = 3;
/** A cell cut to less than this says too little: there the last columns are left out. */
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

/** How many of the first columns there is room for. */
function countFitting(widths: readonly number[], width: number): number {
  let taken = -gap.length;
  const full = widths.findIndex(cells => (taken += gap.length + Math.min(cells, readable)) > width);
  return full === -1 ? widths.length : Math.max(1, full);
}

/** One line of a table whose columns are `widths` wide; nothing is cut. */
export function tableLine(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, i) => pad(cell, widths[i] ?? 0))
    .join(gap)
    .trimEnd();
}

/** The lines of a table of sanitised, unstyled cells, no line wider than `width`; what matters most comes first. */
export function renderTable(rows: readonly (readonly string[])[], width: number): string[] {
  const columns = Math.max(0, ...rows.map(row => row.length));
  const natural = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map(row => displayWidth(row[i] ?? ''))),
  );
  const widths = shrink(natural.slice(0, countFitting(natural, width)), width);
  return rows.map(row =>
    fit(
      tableLine(
        row.slice(0, widths.length).map((cell, i) => fit(cell, widths[i] ?? 0)),
        widths,
      ),
      width,
    ),
  );
}
