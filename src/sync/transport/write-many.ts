/** Many files at once: the shell's own printf writes them, and one program a directory puts the new ones in place. */
import { baseName } from '../tree/names.ts';
import type { FileChange, ReadFile } from './change.ts';
import type { Frame } from './frame.ts';
import { owned, type Ground } from './ground.ts';
import { mountPointOf, parentOf } from './places.ts';
import { blobLimitBytes } from './shell-loop.ts';
import type { Mount } from './transport.ts';
import { textWord, word } from './words.ts';

/** Files that are read at the same time. */
const readAtOnce = 32;
/** Files of one frame: what the shell does for one takes longer the more there are. */
const filesAtOnce = 500;
/** What a file system gives to a file at a time. */
const blockBytes = 4096;

/** Files of one directory that are staged and put in place together. */
interface Group {
  readonly first: FileChange;
  readonly names: string[];
  puts: string;
}

const keyOf = ({ path, owner, isExecutable }: FileChange): string =>
  JSON.stringify([parentOf(path), owner, isExecutable]);

/** A script that grows until it is sent: groups that are staged on one file system. */
class Writing {
  readonly #stagedAt: string;
  readonly #groups = new Map<string, Group>();
  #before = '';
  #sizeBytes = 0;
  #fileCount = 0;
  #blockCount = 0;

  constructor(stagedAt: string) {
    this.#stagedAt = stagedAt;
  }

  takes(stagedAt: string, text: string): boolean {
    return (
      stagedAt === this.#stagedAt &&
      this.#sizeBytes + text.length <= blobLimitBytes &&
      this.#fileCount < filesAtOnce
    );
  }

  add(change: FileChange, before: string, sizeBytes: number, text: string): void {
    const key = keyOf(change);
    const group = this.#groups.get(key) ?? { first: change, names: [], puts: '' };
    this.#groups.set(key, group);
    const name = word(baseName(change.path));
    const put = `put ${name} ${sizeBytes.toString()} ${text}\n`;
    group.names.push(name);
    group.puts += put;
    this.#before += before;
    this.#sizeBytes += put.length + 2 * change.path.length;
    this.#fileCount += 1;
    this.#blockCount += Math.ceil(sizeBytes / blockBytes);
  }

  *frames(): Generator<Frame> {
    if (this.#fileCount === 0) return;
    const groups = [...this.#groups.values()];
    const numbers = groups.map((_, i) => i.toString()).join(' ');
    const stage = `stage ${word(this.#stagedAt)} ${this.#blockCount.toString()} ${numbers}\n`;
    yield { script: this.#before + stage + groups.map(linesOf).join(''), blob: Buffer.alloc(0) };
  }
}

function linesOf({ first: { path, owner, isExecutable }, names, puts }: Group, i: number): string {
  const how = isExecutable ? 'new' : `over ${names.join(' ')}`;
  const mode = isExecutable ? 'chmod -R 755 "$k"\n' : '';
  const into = `into ${i.toString()} ${word(parentOf(path))} ${how}\n`;
  return `${into}${puts}${mode}${owned(owner, '"$k"', '-R')}commit\n`;
}

/** Hands what the shell can't print, large or binary, and names that are more than a line, to `leave`. */
export async function* writeMany(
  changes: readonly FileChange[],
  ground: Ground,
  { readFile, mounts }: { readFile: ReadFile; mounts: readonly Mount[] },
  leave: (change: FileChange) => void,
): AsyncGenerator<Frame> {
  let writing = new Writing('/');
  for (let at = 0; at < changes.length; at += readAtOnce) {
    const some = changes.slice(at, at + readAtOnce);
    const contents = await Promise.all(some.map(({ name }) => readFile(name)));
    for (const [i, change] of some.entries()) {
      const content = contents[i];
      if (content === undefined) continue;
      const text = change.path.includes('\n') ? undefined : textWord(content);
      if (text === undefined) {
        leave(change);
        continue;
      }
      const mountPoint = mountPointOf(mounts, parentOf(change.path));
      if (!writing.takes(mountPoint, text)) {
        yield* writing.frames();
        writing = new Writing(mountPoint);
      }
      writing.add(change, ground.need(change.path), content.length, text);
    }
  }
  yield* writing.frames();
}
