import { formatBytes } from '../../core/units.ts';
import { fit, pad } from '../display-width.ts';

/** A stretch of an image: a partition, or a gap where `name` is undefined. */
export interface Stretch {
  readonly name: string | undefined;
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** The used share of it, 0 to 1; undefined if it is unknown. */
  readonly usedShare: number | undefined;
}

/** `partitions` in order, with the gaps between them. Overlapping ones are drawn as they begin. */
export function withGaps(partitions: readonly Stretch[], sizeBytes: number | undefined): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let at = 0;
  const addGap = (to: number): void => {
    if (to > at)
      stretches.push({ name: undefined, startBytes: at, sizeBytes: to - at, usedShare: undefined });
  };
  for (const partition of [...partitions].sort((a, b) => a.startBytes - b.startBytes)) {
    addGap(partition.startBytes);
    stretches.push(partition);
    at = Math.max(at, partition.startBytes + partition.sizeBytes);
  }
  if (sizeBytes !== undefined) addGap(sizeBytes);
  return stretches;
}

/** Returns the cells for each size, in proportion, `total` in all; each size but 0 gets `least` at least. */
export function shareCells(
  sizes: readonly { readonly sizeBytes: number; readonly least: number }[],
  total: number,
): readonly number[] {
  const sum = sizes.reduce((all, { sizeBytes }) => all + sizeBytes, 0) || 1;
  const cells = sizes.map(({ sizeBytes, least }) => Math.max(least, Math.round((sizeBytes / sum) * total)));
  let excess = cells.reduce((all, count) => all + count, 0) - total;
  while (excess !== 0) {
    const slack = cells.map((count, index) => (excess > 0 ? count - (sizes[index]?.least ?? 0) : count));
    const widest = slack.indexOf(Math.max(...slack));
    if (excess > 0 && (slack[widest] ?? 0) <= 0) break;
    cells[widest] = (cells[widest] ?? 0) - Math.sign(excess);
    excess -= Math.sign(excess);
  }
  return cells;
}

const gapCell = '·';

function usageBar(share: number | undefined, cells: number): string {
  if (share === undefined) return ' '.repeat(cells);
  const used = share > 0 ? Math.max(1, Math.round(share * cells)) : 0;
  return '█'.repeat(used) + '░'.repeat(cells - used);
}

/**
 * Draws the partitions to scale in at most `width` cells: a box each, its name in it, and a bar of its used share. Gaps
 * are dots.
 */
export function drawPartitions(stretches: readonly Stretch[], width: number): readonly string[] {
  const boxes = stretches.filter(({ name }) => name !== undefined).length;
  const cells = shareCells(
    stretches.map(({ name, sizeBytes }) => ({ sizeBytes, least: name === undefined ? 0 : 2 })),
    Math.max(width - 2 * boxes, boxes * 2),
  );
  const lines = ['', '', '', ''];
  stretches.forEach(({ name, usedShare }, index) => {
    const count = cells[index] ?? 0;
    const parts =
      name === undefined
        ? [' '.repeat(count), gapCell.repeat(count), gapCell.repeat(count), ' '.repeat(count)]
        : [
            `┌${'─'.repeat(count)}┐`,
            `│${pad(fit(name, count), count)}│`,
            `│${usageBar(usedShare, count)}│`,
            `└${'─'.repeat(count)}┘`,
          ];
    parts.forEach((part, line) => (lines[line] = `${lines[line] ?? ''}${part}`));
  });
  return lines.map(line => line.trimEnd());
}

/** `1.2 GB`, or `?` if it is unknown. */
export const sizeOrUnknown = (sizeBytes: number | undefined): string =>
  sizeBytes === undefined ? '?' : formatBytes(sizeBytes);
