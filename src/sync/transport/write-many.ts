/** Many files at once: the shell's own printf writes them, and one program a directory puts the new ones in place. */
import type { FileChange, ReadFile } from './change.ts';
import type { Frame } from './frame.ts';
import { owned, type Ground } from './ground.ts';
import { mountPointOf, parentOf } from './places.ts';
import { blobLimitBytes } from './shell-loop.ts';
import type { Mount } from './transport.ts';
import { textWord, word } from './words.ts';

/** Files that are read at the same time. */
const readAtOnce = 32;

/** Files of one directory that are staged and put in place together. */
interface Group {
  readonly first: FileChange;
  puts: string;
}

const keyOf = ({ path, owner, isExecutable }: FileChange): string =>
  JSON.stringify([parentOf(path), owner, isExecutable]);

/** Hands what the shell can't print, large or binary, to `leave`. */
export async function* writeMany(
  changes: readonly FileChange[],
  ground: Ground,
  { readFile, mounts }: { readFile: ReadFile; mounts: readonly Mount[] },
  leave: (change: FileChange) => void,
): AsyncGenerator<Frame> {
  let groups = new Map<string, Group>();
  let before = '';
  let sizeBytes = 0;
  let stagedAt = '';
  const flush = function* (): Generator<Frame> {
    const script = before + scriptOf([...groups.values()], stagedAt);
    if (groups.size > 0) yield { script, blob: Buffer.alloc(0) };
    groups = new Map();
    before = '';
    sizeBytes = 0;
  };
  for (let at = 0; at < changes.length; at += readAtOnce) {
    const some = changes.slice(at, at + readAtOnce);
    const contents = await Promise.all(some.map(({ name }) => readFile(name)));
    for (const [i, change] of some.entries()) {
      const content = contents[i];
      if (content === undefined) continue;
      const text = textWord(content);
      if (text === undefined) {
        leave(change);
        continue;
      }
      const directory = parentOf(change.path);
      const mountPoint = mountPointOf(mounts, directory);
      if (mountPoint !== stagedAt || sizeBytes + text.length > blobLimitBytes) yield* flush();
      stagedAt = mountPoint;
      before += ground.need(change.path);
      const put = `put ${word(change.path.slice(change.path.lastIndexOf('/') + 1))} ${text}\n`;
      const group = groups.get(keyOf(change)) ?? { first: change, puts: '' };
      group.puts += put;
      groups.set(keyOf(change), group);
      sizeBytes += put.length + 2 * directory.length;
    }
  }
  yield* flush();
}

function scriptOf(groups: readonly Group[], stagedAt: string): string {
  const stage = `stage ${word(stagedAt)} ${groups.map((_, i) => i.toString()).join(' ')}\n`;
  const all = groups.map(({ first: { path, owner, isExecutable }, puts }, i) => {
    const into = `into ${i.toString()} ${word(parentOf(path))} ${isExecutable ? 'new' : 'over'}\n`;
    const mode = isExecutable ? 'chmod -R 755 "$k"\n' : '';
    return `${into}${puts}${mode}${owned(owner, '"$k"', '-R')}commit\n`;
  });
  return stage + all.join('');
}
