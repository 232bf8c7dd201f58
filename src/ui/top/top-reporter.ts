import type { UsageEvent } from '../../top/usage.ts';
import type { Output } from '../output.ts';
import { UsageTable } from './usage-table.ts';

export interface TopReporter extends Disposable {
  readonly report: (event: UsageEvent) => void;
}

/** A table that stays in place on a terminal; elsewhere one a second, with nothing cut. */
export function openTopReporter(output: Output, { isOnce }: { readonly isOnce: boolean }): TopReporter {
  const isDrawn = output.mode === 'tty' && !isOnce;
  const table = new UsageTable(isDrawn);
  let last: readonly string[] = [];
  const style = (lines: readonly string[]): string[] =>
    lines.map((line, i) => (i === 0 ? output.styleAnswer('bold', line) : line));
  return {
    report(event) {
      const width = output.mode === 'tty' ? output.columns() : Infinity;
      last = table.render(event, width);
      if (isDrawn) output.showBelow(style(last.slice(0, Math.max(2, output.rows() - 1))));
      else output.answer(`${style(last).join('\n')}\n`);
    },
    [Symbol.dispose]() {
      if (!isDrawn || last.length === 0) return;
      // The last table stays on the screen.
      output.showBelow([]);
      output.answer(`${style(last).join('\n')}\n`);
    },
  };
}
