import type { Output } from '../output.ts';
import { describeHidden, Table } from '../table.ts';

/** An answer for people, and remarks about it. */
export interface Rendered {
  readonly text: string;
  readonly notes: readonly string[];
}

type Rows = readonly (readonly string[])[];

/** The columns that say something in a row; the title of an empty one is of no use on a narrow terminal. */
function withoutEmpty(header: readonly string[], rows: Rows): readonly [readonly string[], Rows] {
  const keep = (row: readonly string[]): string[] =>
    row.filter((_cell, i) => rows.some(it => (it[i] ?? '') !== ''));
  return [keep(header), rows.map(keep)];
}

/**
 * Renders a table of sanitised cells that fits the terminal, without its empty columns if all do not fit; cuts nothing if
 * the answer is not on a terminal.
 */
export function renderTable(header: readonly string[], rows: Rows, output: Output): Rendered {
  const width = output.mode === 'tty' ? output.columns() : Infinity;
  const isWide = rows.length > 0 && new Table(header).widthFor(rows) > width;
  const [shownHeader, shownRows] = isWide ? withoutEmpty(header, rows) : [header, rows];
  const { lines, hidden } = new Table(shownHeader).render(shownRows, width);
  const styled = lines.map((line, i) => `${i === 0 ? output.styleAnswer('bold', line) : line}\n`);
  return { text: styled.join(''), notes: describeHidden(hidden) };
}
