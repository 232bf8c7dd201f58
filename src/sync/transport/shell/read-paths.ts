import type { Node } from '../../tree/node.ts';
import type { Found } from '../transport.ts';
import { word, words } from './words.ts';

/** Runs a script in the container; returns the records that it prints, each ended by NUL. */
type Run = (script: string) => Promise<readonly Buffer[]>;

/** Returns the targets of the links at `paths`; undefined for what is no link. */
export async function readLinks(run: Run, paths: readonly string[]): Promise<(string | undefined)[]> {
  const kinds = await run(`look ${words(paths)}\n`);
  return paths.map((_, i) => {
    const found = toFound(kinds[i] ?? Buffer.alloc(0), '');
    return typeof found === 'object' && found.kind === 'symlink' ? found.target : undefined;
  });
}

/** Returns what is at `paths`, with the functions of shell-loop.ts. */
export async function readPaths(run: Run, paths: readonly string[]): Promise<Found[]> {
  const kinds = await run(`look ${words(paths)}\n`);
  const isFile = (i: number): boolean => kinds[i]?.[0] === 0x66 || kinds[i]?.[0] === 0x78;
  const files = paths.filter((_, i) => isFile(i));
  // sha256sum escapes such names, and busybox doesn't.
  const odd = files.filter(file => /[\n\\]/.test(file));
  const plain = files.filter(file => !odd.includes(file));
  const lines = plain.length === 0 ? [] : await run(`sum ${words(plain)}\n`);
  const sums = new Map(lines.map(line => [line.subarray(66).toString(), line.subarray(0, 64).toString()]));
  for (const file of odd) {
    const [line] = await run(`sum_one ${word(file)}\n`);
    sums.set(file, line?.subarray(0, 64).toString() ?? '');
  }
  return paths.map((path, i) => toFound(kinds[i] ?? Buffer.alloc(0), sums.get(path) ?? ''));
}

function toFound(record: Buffer, sha256: string): Found {
  const kind = String.fromCharCode(record[0] ?? 0x2d);
  switch (kind) {
    case 'd':
      return { kind: 'directory' };
    case 'l':
      // readlink's own newline, and a full stop that keeps the shell from cutting off more of them.
      return { kind: 'symlink', target: record.subarray(1).toString().replace(/\n\.$/, '') };
    case 'f':
    case 'x':
      return { kind: 'file', isExecutable: kind === 'x', sizeBytes: 0, sha256 } satisfies Node;
    case '-':
      return 'nothing';
    default:
      return 'other';
  }
}
