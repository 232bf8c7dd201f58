import { formatBytes } from '../../core/units.ts';
import type { ContextSummary } from '../../project/context/summarize-context.ts';

/** Lines for people; empty when the context is not large. */
export function describeLargeContext({ sizeBytes, largest, suggestions }: ContextSummary): string[] {
  if (largest.length === 0) return [];
  const row = (name: string, bytes: number): string => `  ${formatBytes(bytes).padStart(8)}  ${name}`;
  return [
    `the build context is ${formatBytes(sizeBytes)}; the largest in it:`,
    ...largest.map(({ name, sizeBytes: bytes }) => row(name, bytes)),
    ...(suggestions.length === 0 ? [] : ['if the image does not need them, add to .dockerignore:']),
    ...suggestions.map(({ line, sizeBytes: bytes }) => row(line, bytes)),
  ];
}
