import { OsError } from './errors.ts';

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Decimal bytes for people: `999 B`, `1.2 kB`, `480 MB`. */
export function formatBytes(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${byteUnits[unit] ?? ''}`;
}

/** A duration for people: `12 ms`, `1.2 s`, `3 min 4 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 999.5) return `${Math.round(durationMs).toString()} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const parts: [string, number][] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ];
  let rest = Math.round(seconds);
  const out: string[] = [];
  for (const [name, size] of parts) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) out.push(`${count.toString()} ${name}`);
    else if (out.length > 0) break;
  }
  return out.slice(0, 2).join(' ');
}

/** Time that is still going on, in whole seconds: `0 s`, `12 s`, `1 min 4 s`. */
export function formatElapsed(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  return seconds < 60 ? `${seconds.toString()} s` : formatDuration(seconds * 1000);
}

const durationUnitsMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `500ms`, `3s`, `1.5s`, `2m`, or a bare number of seconds. Throws OsError `usage`. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  const ms = Number(match?.[1]) * (durationUnitsMs[match?.[2] ?? 's'] ?? NaN);
  if (!Number.isFinite(ms) || ms > 2_147_483_647)
    throw new OsError('usage', `not a duration: ${JSON.stringify(text)}`, {
      hint: 'write it like 500ms, 3s or 2m',
    });
  return ms;
}
