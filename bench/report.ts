import type { Row } from './measure.ts';

/** A claim about what was measured: `value` (a ratio, a time) against what it may be. */
export interface Claim {
  what: string;
  value: number;
  unit: '×' | 'ms' | 'MB' | 'kB';
  /** The value is to be at most this, or at least. */
  atMost?: number;
  atLeast?: number;
}

const holds = ({ value, atMost = Infinity, atLeast = -Infinity }: Claim): boolean =>
  value <= atMost && value >= atLeast;

const tell = (claim: Claim): string => {
  const { what, value, unit, atMost, atLeast } = claim;
  const limit = atMost === undefined ? `at least ${String(atLeast)}` : `at most ${String(atMost)}`;
  return `  ${holds(claim) ? '✓' : '✗'} ${what}: ${value.toFixed(unit === '×' ? 2 : 0)} ${unit}, to be ${limit} ${unit}`;
};

const cells = (row: Row): string[] => [
  row.name,
  `${row.wallMs.toFixed(1)} ms`,
  Number.isNaN(row.firstByteMs) ? '' : `${row.firstByteMs.toFixed(1)} ms`,
  row.cpuMs === null ? '' : `${row.cpuMs.toFixed(0)} ms`,
  row.peakBytes === null ? '' : `${(row.peakBytes / 1e6).toFixed(0)} MB`,
];

/**
 * Prints a measurement: a table and its claims, or with `--json` among the arguments of the process one JSON document a line.
 * A claim that does not hold makes the exit status 1.
 */
export function report(title: string, rows: readonly Row[], claims: readonly Claim[] = []): void {
  if (!claims.every(holds)) process.exitCode = 1;
  if (process.argv.includes('--json')) {
    const checked = claims.map(claim => ({ ...claim, holds: holds(claim) }));
    process.stdout.write(`${JSON.stringify({ title, rows, claims: checked })}\n`);
    return;
  }
  const table = [['', 'time', 'first byte', 'CPU', 'peak memory'], ...rows.map(cells)];
  const widths = table[0]?.map((_, i) => Math.max(...table.map(line => line[i]?.length ?? 0))) ?? [];
  const lines = table.map(line =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  );
  process.stdout.write(`${title}\n\n${lines.map(line => `  ${line.trimEnd()}\n`).join('')}\n`);
  process.stdout.write(`${claims.map(tell).join('\n')}\n`);
}
