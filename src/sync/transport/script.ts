/** From changes to frames, in the words of shell-loop.ts. */
import type { Change, FileChange, ReadFile } from './change.ts';
import { FrameBuilder } from './frame-builder.ts';
import type { Frame } from './frame.ts';
import { Ground, owned } from './ground.ts';
import { mountPointOf, parentOf } from './places.ts';
import { blobLimitBytes } from './shell-loop.ts';
import type { Mount } from './transport.ts';
import { word, words } from './words.ts';
import { writeMany } from './write-many.ts';

export interface ScriptOptions {
  readonly readFile: ReadFile;
  readonly roots: readonly string[];
  readonly mounts: readonly Mount[];
  /** Whether the shell's printf carries every byte. */
  readonly hasPrintf: boolean;
}

/** More files than this are written by the shell itself. */
const fewFiles = 8;
/** Arguments of one program. */
const wordsAtOnce = 500;

/** What is made is owned by --chown. */
export async function* toFrames(changes: readonly Change[], options: ScriptOptions): AsyncGenerator<Frame> {
  const builder = new FrameBuilder();
  const ground = new Ground(options.roots);
  const writes = changes.filter(it => it.do === 'write');
  const isMany = writes.length > fewFiles && options.hasPrintf;
  for (const run of runsOf(changes)) {
    if (run[0]?.do === 'write' && isMany) {
      yield* builder.flush();
      const rest: FileChange[] = [];
      yield* writeMany(writes, ground, options, it => rest.push(it));
      for (const change of rest) yield* write(change, builder, ground, options);
    } else if (run[0]?.do === 'write') {
      for (const change of run) if (change.do === 'write') yield* write(change, builder, ground, options);
    } else {
      const lines = linesOf(run, ground);
      if (!builder.fits(lines.length)) yield* builder.flush();
      builder.add(lines);
    }
  }
  yield* builder.flush();
}

/** What one program can do at once: changes of a kind, of one owner, of one mode. */
function runsOf(changes: readonly Change[]): Change[][] {
  const runs: Change[][] = [];
  let key = '';
  for (const change of changes) {
    const own = change.do === 'mode' ? change.isExecutable : change.do === 'make-directory' && change.owner;
    const next = change.do === 'write' ? 'write' : `${change.do} ${String(own)}`;
    const last = runs.at(-1);
    if (last !== undefined && next === key && (change.do === 'write' || last.length < wordsAtOnce))
      last.push(change);
    else runs.push([change]);
    key = next;
  }
  return runs;
}

/** Of a run that writes no files. */
function linesOf(run: readonly Change[], ground: Ground): string {
  const [first] = run;
  if (first === undefined || first.do === 'write') return '';
  if (first.do === 'link')
    return run.map(change => (change.do === 'link' ? linkLines(change, ground) : '')).join('');
  const all = words(run.map(it => it.path));
  const checked = run.map(({ path }) => ground.check(path)).join('');
  switch (first.do) {
    case 'remove':
      return checked + removalLines(run);
    case 'make-directory':
      for (const { path } of run) ground.isMade(path);
      return `${checked}mkdir -p -- ${all}\n${owned(first.owner, all)}`;
    case 'mode':
      return `${checked}chmod ${first.isExecutable ? '755' : '644'} ${all}\n`;
  }
}

const linkLines = (
  { path, target, owner }: { path: string; target: string; owner: string | undefined },
  ground: Ground,
): string =>
  `${ground.need(path)}rm -f -- ${word(path)}\nln -s -- ${word(target)} ${word(path)}\n${owned(owner, word(path))}`;

/** Written by dd, at once. Executables are replaced: what runs can't be written to. */
async function* write(
  change: FileChange,
  builder: FrameBuilder,
  ground: Ground,
  { readFile, mounts }: ScriptOptions,
): AsyncGenerator<Frame> {
  const content = await readFile(change.name);
  if (content === undefined) return;
  const { path, isExecutable, owner } = change;
  const before = ground.need(path);
  if (content.length > blobLimitBytes) {
    yield* builder.flush();
    yield* inParts(change, content, before);
    return;
  }
  if (!builder.fits(before.length + 3 * path.length, content.length)) yield* builder.flush();
  const where = `${builder.put(content).toString()} ${content.length.toString()} ${word(path)}`;
  const line = isExecutable
    ? `new ${where} 755\n`
    : `over ${where} ${word(mountPointOf(mounts, parentOf(path)))}\n`;
  builder.add(before + line + owned(owner, word(path)));
}

/** A large file is put together beside its place, a frame at a time, and then renamed. */
function* inParts(
  { path, isExecutable, owner }: FileChange,
  content: Buffer,
  before: string,
): Generator<Frame> {
  const staged = `${word(parentOf(path).replace(/\/$/, ''))}/$own`;
  const none = Buffer.alloc(0);
  yield { script: `${before}rm -rf -- ${staged}\nprintf %s ${staged} >"$d/parts"\n`, blob: none };
  for (let at = 0; at < content.length; at += blobLimitBytes)
    yield { script: `cat "$b" >>${staged}\n`, blob: content.subarray(at, at + blobLimitBytes) };
  const mode = isExecutable ? '755' : '644';
  yield {
    script: `chmod ${mode} ${staged}\n${owned(owner, staged)}place ${staged} ${word(path)}\n`,
    blob: none,
  };
}

/** Files go at once; what is a directory is looked at, as it may hold what is not ours. */
function removalLines(run: readonly Change[]): string {
  const removals = run.flatMap(it => (it.do === 'remove' ? [it] : []));
  const single = removals.filter(({ holds }) => holds === 1);
  const dropped = (some: typeof removals): string =>
    some.map(({ path, holds }) => `drop ${word(path)} ${holds.toString()}\n`).join('');
  const files = words(single.map(({ path }) => path));
  const atOnce = single.length === 0 ? '' : `rm -f -- ${files} 2>/dev/null || {\n${dropped(single)}}\n`;
  return atOnce + dropped(removals.filter(({ holds }) => holds > 1));
}
