/** What people and their tools do to a tree of files, at random; the same for the same seed. */
import { appendFile, chmod, mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Whole numbers below `limit`, by mulberry32. */
export function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return limit => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

const names = ['a', 'b', 'c.txt', 'D', 'e f', "it's", 'new\nline', '-g', 'naïve', '.dot'];

/** One edit somewhere in `root`; what can't be done where it falls is none. Returns what it was, for messages. */
export async function editAtRandom(root: string, random: (limit: number) => number): Promise<string> {
  const somewhere = (): string => {
    const parts = Array.from({ length: 1 + random(3) }, () => names[random(names.length)] ?? 'a');
    return path.join(root, ...parts);
  };
  const file = somewhere();
  const told = path.relative(root, file);
  const edits: Record<string, () => Promise<unknown>> = {
    write: async () => {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, 'x'.repeat(random(4)).concat(random(1000).toString()).repeat(random(400)));
    },
    append: () => appendFile(file, `more ${random(1000).toString()}\n`),
    save: async () => {
      await writeFile(`${file}~`, `saved ${random(1000).toString()}\n`);
      await rename(`${file}~`, file);
    },
    directory: () => mkdir(file, { recursive: true }),
    link: () => symlink(random(2) === 0 ? 'a' : '../nowhere', file),
    remove: () => rm(file, { recursive: true }),
    rename: () => rename(file, somewhere()),
    mode: async () => {
      const { mode } = await stat(file);
      await chmod(file, (mode & 0o100) === 0 ? 0o755 : 0o644);
    },
  };
  const kinds = ['write', 'write', ...Object.keys(edits)];
  const kind = kinds[random(kinds.length)] ?? 'write';
  try {
    await edits[kind]?.();
    return `${kind} ${told}`;
  } catch {
    return `(${kind} ${told})`;
  }
}
