import type { ContextListing } from './list-context.ts';

/** Size from which a context is reported as large. */
export const largeContextBytes = 100_000_000;

export interface ContextSummary {
  readonly sizeBytes: number;
  readonly fileCount: number;
  /** Over 100 MB: the ten largest entries, largest first; a directory's name ends in `/`. */
  readonly largest: readonly { readonly name: string; readonly sizeBytes: number }[];
  /**
   * For contexts over 100 MB: lines for .dockerignore that exclude files which images seldom need, largest gain first.
   */
  readonly suggestions: readonly { readonly line: string; readonly sizeBytes: number }[];
}

/** Directories that tools make and an image seldom wants from the developer's machine. */
const usualSuspects = [
  ...['node_modules', '.git', '.venv', 'venv', '__pycache__', '.tox', '.mypy_cache', '.pytest_cache'],
  ...[
    'target',
    'dist',
    'build',
    'out',
    'coverage',
    '.cache',
    '.gradle',
    '.next',
    'vendor',
    'tmp',
    '.terraform',
  ],
];
const heavyFiles = /\.(?:tar|tgz|tar\.\w+|zip|img|iso|raw|qcow2|vmdk|vdi|mp4|mov|log|deb|rpm|dump)$/;

export function summarizeContext({ entries, sizeBytes }: ContextListing): ContextSummary {
  const files = entries.flatMap(entry => (entry.type === 'file' ? [entry] : []));
  const base = { sizeBytes, fileCount: files.length };
  if (sizeBytes <= largeContextBytes) return { ...base, largest: [], suggestions: [] };
  const sizes = new Map<string, number>();
  const gains = new Map<string, number>();
  const add = (map: Map<string, number>, key: string, bytes: number): void => {
    map.set(key, (map.get(key) ?? 0) + bytes);
  };
  for (const { name, sizeBytes: bytes } of files) {
    const parts = name.split('/');
    const suspect = parts.slice(0, -1).findIndex(part => usualSuspects.includes(part));
    if (suspect !== -1) add(gains, parts.slice(0, suspect + 1).join('/'), bytes);
    else if (heavyFiles.test(name) && bytes >= 1_000_000) add(gains, name, bytes);
    // Files in a directory that a line could exclude count as that directory, all others separately.
    add(sizes, suspect === -1 ? name : `${parts.slice(0, suspect + 1).join('/')}/`, bytes);
  }
  const ranked = (map: Map<string, number>): [string, number][] =>
    [...map].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 10);
  return {
    ...base,
    largest: ranked(sizes).map(([name, bytes]) => ({ name, sizeBytes: bytes })),
    suggestions: ranked(gains)
      .filter(([, bytes]) => bytes >= sizeBytes / 100)
      .map(([line, bytes]) => ({ line: escapePattern(line), sizeBytes: bytes })),
  };
}

const escapePattern = (name: string): string => name.replace(/[*?[\\]/g, '\\$&').replace(/^[!#]/, '\\$&');
