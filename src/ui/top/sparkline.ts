const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** The last `width` values as bars; the highest of them, or `floor`, is a full one. null is a gap. */
export function sparkline(values: readonly (number | null)[], width: number, floor: number): string {
  const shown = values.slice(-width);
  const top = Math.max(floor, ...shown.map(it => it ?? 0));
  return shown
    .map(it =>
      it === null ? ' ' : (bars[Math.min(bars.length - 1, Math.floor((it / top) * bars.length))] ?? ' '),
    )
    .join('')
    .padStart(width);
}
