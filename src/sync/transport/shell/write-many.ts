/** Writes many files at once: by the shell's own printf, and one program a directory puts the new ones in place. */
import type { Mutable } from '../../../core/mutable.ts';
import { baseName } from '../../tree/names.ts';
import { modeOf, type FileChange, type OpenSource } from '../change.ts';
import type { Frame } from './frame.ts';
import { ownerLines, type CheckedDirectories } from './checked-directories.ts';
import { mountPointOf, parentOf } from '../mount-points.ts';
import { readIfWhole } from '../read-if-whole.ts';
import { blobLimitBytes } from './shell-loop.ts';
import type { Mount } from '../transport.ts';
import { textLimitBytes, textWord, word } from './words.ts';

/** The number of files that are read at the same time. */
const readAtOnce = 32;
/** The number of files in one frame: a shell takes longer for each the more there are. */
const filesAtOnce = 500;
/** The size that most file systems allocate at a time. */
const blockBytes = 4096;

/** Files of one directory that are staged and put in place together. */
type Group = Mutable<{
  readonly first: FileChange;
  readonly names: string[];
  readonly puts: string;
}>;

const keyOf = (change: FileChange): string =>
  JSON.stringify([
    parentOf(change.path),
    change.owner,
    change.ownerChanges,
    change.isExecutable,
    modeOf(change),
  ]);

/** Collects a script until it is sent: groups of files that are staged on one file system. */
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

function linesOf({ first, names, puts }: Group, i: number): string {
  const { path, isExecutable } = first;
  const how = isExecutable ? 'new' : `over ${names.join(' ')}`;
  const mode = modeOf(first) === '644' ? '' : `chmod -R ${modeOf(first)} "$k"\n`;
  const into = `into ${i.toString()} ${word(parentOf(path))} ${how}\n`;
  return `${into}${puts}${mode}${ownerLines(first, '"$k"', '-R -h')}commit\n`;
}

/** Returns `large` for a file that is too large for a script, without reading it. */
async function readText(openSource: OpenSource, name: string): Promise<Buffer | 'large' | undefined> {
  await using file = await openSource(name);
  if (file === undefined) return undefined;
  return file.sizeBytes > textLimitBytes ? 'large' : await readIfWhole(file);
}

/** Hands what the shell can't print, large or binary, and names that are more than a line, to `leave`. */
export async function* writeMany(
  changes: readonly FileChange[],
  directories: CheckedDirectories,
  { openSource, mounts }: { readonly openSource: OpenSource; readonly mounts: readonly Mount[] },
  leave: (change: FileChange) => void,
): AsyncGenerator<Frame> {
  let writing = new Writing('/');
  for (let at = 0; at < changes.length; at += readAtOnce) {
    const some = changes.slice(at, at + readAtOnce);
    const texts = await Promise.all(some.map(({ name }) => readText(openSource, name)));
    for (const [i, change] of some.entries()) {
      const content = texts[i];
      if (content === undefined) continue;
      const text = content === 'large' || change.path.includes('\n') ? undefined : textWord(content);
      if (content === 'large' || text === undefined) {
        leave(change);
        continue;
      }
      const mountPoint = mountPointOf(mounts, parentOf(change.path));
      if (!writing.takes(mountPoint, text)) {
        yield* writing.frames();
        writing = new Writing(mountPoint);
      }
      writing.add(change, directories.ensureParent(change.path), content.length, text);
    }
  }
  yield* writing.frames();
}
