import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { readFileIfPresent, writeFileAtomic } from '../../state/atomic-file.ts';

/** Every entry of a tree with its size, to detect a damaged copy. */
export interface Manifest {
  readonly sizeBytes: number;
  /** Relative path → size of a file in bytes, or the letter of another kind. */
  readonly entries: Readonly<Record<string, number | 'd' | 'l' | 'o'>>;
}

export const manifestOf = (directory: string): string => path.join(directory, 'manifest.json');
/** The tree inside a stage's directory, beside the manifest. */
export const treeOf = (directory: string): string => path.join(directory, 'root');

function describe(file: string): { readonly kind: number | 'd' | 'l' | 'o'; readonly sizeBytes: number } {
  const stat = lstatSync(file);
  if (stat.isFile()) return { kind: stat.size, sizeBytes: stat.blocks * 512 };
  return { kind: stat.isDirectory() ? 'd' : stat.isSymbolicLink() ? 'l' : 'o', sizeBytes: 0 };
}

/** Writes the manifest of `directory`, which marks it as complete. */
export async function writeManifest(directory: string): Promise<Manifest> {
  const root = treeOf(directory);
  const entries: Record<string, number | 'd' | 'l' | 'o'> = {};
  let sizeBytes = 0;
  // With file types: without them Node follows links out of the tree.
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const found = describe(file);
    entries[path.relative(root, file)] = found.kind;
    sizeBytes += found.sizeBytes;
  }
  const manifest = { sizeBytes, entries };
  await writeFileAtomic(manifestOf(directory), JSON.stringify(manifest));
  return manifest;
}

/** Returns the manifest of `directory` if every entry matches it, else undefined: incomplete, damaged or missing. */
export async function readIntactManifest(directory: string): Promise<Manifest | undefined> {
  const text = await readFileIfPresent(manifestOf(directory));
  if (text === undefined) return undefined;
  try {
    const manifest = JSON.parse(text) as Manifest;
    const root = treeOf(directory);
    const isWhole = Object.entries(manifest.entries).every(
      ([name, kind]) => describe(path.join(root, name)).kind === kind,
    );
    return isWhole ? manifest : undefined;
  } catch {
    return undefined;
  }
}
