import type { Mutable } from '../../core/mutable.ts';
import type { Patch } from '../blocks/overlay.ts';

/** A stretch of the image, from `start` up to `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** `spans` without overlaps, in order; neighbours are one. */
export function mergeSpans(spans: readonly Span[]): readonly Span[] {
  const merged: Mutable<Span>[] = [];
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else if (end > start) merged.push({ start, end });
  }
  return merged;
}

/** `spans` within `[start, end)`. */
export const clip = (spans: readonly Span[], start: number, end: number): readonly Span[] =>
  spans.flatMap(span =>
    span.end <= start || span.start >= end
      ? []
      : [{ start: Math.max(span.start, start), end: Math.min(span.end, end) }],
  );

/** `spans` widened to whole units of `unitBytes`. */
export const align = (spans: readonly Span[], unitBytes: number): readonly Span[] =>
  mergeSpans(
    spans.map(({ start, end }) => ({
      start: Math.floor(start / unitBytes) * unitBytes,
      end: Math.ceil(end / unitBytes) * unitBytes,
    })),
  );

export const spansOfPatches = (patches: readonly Patch[]): readonly Span[] =>
  patches.map(({ offset, bytes }) => ({ start: offset, end: offset + bytes.length }));

/** Block size of the comparison of an image with a drive's content. */
const compareBytes = 64 * 1024;

/**
 * Returns the ranges of `wanted`, which begins at `offset`, in which `present` differs; a multiple of 64 KiB each but
 * the last.
 */
export function findDifferences(wanted: Buffer, present: Buffer, offset: number): readonly Span[] {
  const spans: Span[] = [];
  for (let at = 0; at < wanted.length; at += compareBytes) {
    const end = Math.min(at + compareBytes, wanted.length);
    if (wanted.compare(present, at, end, at, end) !== 0)
      spans.push({ start: offset + at, end: offset + end });
  }
  return mergeSpans(spans);
}
