import type { Output } from '../output.ts';
import { describeHidden, Table } from '../table.ts';

/** An answer for people, and remarks about it. */
export interface Rendered {
  readonly text: string;
  readonly notes: readonly string[];
}

/** Renders a table of sanitised cells that fits the terminal; cuts nothing if the answer is not on a terminal. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  output: Output,
): Rendered {
  const width = output.mode === 'tty' ? output.columns() : Infinity;
  const { lines, hidden } = new Table(header).render(rows, width);
  const styled = lines.map((line, i) => `${i === 0 ? output.styleAnswer('bold', line) : line}\n`);
  return { text: styled.join(''), notes: describeHidden(hidden) };
}
