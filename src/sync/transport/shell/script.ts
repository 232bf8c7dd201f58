/** Turns changes into frames that call the functions of shell-loop.ts. */
import {
  modeOf,
  type Change,
  type FileChange,
  type KnownBelow,
  type OpenSource,
  type Removal,
  type SymlinkChange,
} from '../change.ts';
import { FrameBuilder } from './frame-builder.ts';
import type { Frame } from './frame.ts';
import { CheckedDirectories, ownerLines } from './checked-directories.ts';
import { mountPointOf, parentOf } from '../mount-points.ts';
import { readIfWhole } from '../read-if-whole.ts';
import { sendInParts } from './send-in-parts.ts';
import { blobLimitBytes } from './shell-loop.ts';
import type { Mount } from '../transport.ts';
import { word, words } from './words.ts';
import { writeMany } from './write-many.ts';

export interface ScriptOptions {
  readonly openSource: OpenSource;
  readonly mounts: readonly Mount[];
  /** True if the shell's printf carries every byte. */
  readonly hasPrintf: boolean;
}

/** More files than this are written by the shell itself. */
const fewFiles = 8;
/** The number of arguments that one program gets. */
const wordsAtOnce = 500;

/** Yields the frames that make `changes`. New files and directories get the owner of `--chown`. */
export async function* toFrames(changes: readonly Change[], options: ScriptOptions): AsyncGenerator<Frame> {
  const builder = new FrameBuilder();
  const directories = new CheckedDirectories();
  const writes = changes.filter(it => it.do === 'write');
  const isMany = writes.length > fewFiles && options.hasPrintf;
  for (const run of runsOf(changes)) {
    if (run[0]?.do === 'write' && isMany) {
      yield* builder.flush();
      const rest: FileChange[] = [];
      yield* writeMany(writes, directories, options, it => rest.push(it));
      for (const change of rest) yield* write(change, builder, directories, options);
    } else if (run[0]?.do === 'write') {
      for (const change of run)
        if (change.do === 'write') yield* write(change, builder, directories, options);
    } else {
      const lines = linesOf(run, directories);
      if (!builder.fits(lines.length)) yield* builder.flush();
      builder.add(lines);
    }
  }
  yield* builder.flush();
}

/** Splits changes into runs that one program can do at once: of one kind, one owner, one mode. */
function runsOf(changes: readonly Change[]): Change[][] {
  const runs: Change[][] = [];
  let key = '';
  for (const change of changes) {
    const next = change.do === 'write' ? 'write' : keyOf(change);
    const last = runs.at(-1);
    if (last !== undefined && next === key && (change.do === 'write' || last.length < wordsAtOnce))
      last.push(change);
    else runs.push([change]);
    key = next;
  }
  return runs;
}

/** Changes of the same key are one program's work. */
function keyOf(change: Exclude<Change, FileChange>): string {
  if (change.do === 'mode') return `mode ${modeOf(change)}`;
  if (change.do !== 'make-directory') return change.do;
  return JSON.stringify([change.do, change.owner, change.ownerChanges, change.mode]);
}

/** Returns the lines of a run that writes no files. */
function linesOf(run: readonly Change[], directories: CheckedDirectories): string {
  const [first] = run;
  if (first === undefined || first.do === 'write') return '';
  if (first.do === 'link')
    return run.map(change => (change.do === 'link' ? linkLines(change, directories) : '')).join('');
  const all = words(run.map(it => it.path));
  const checked = run.map(({ path }) => directories.checkParent(path)).join('');
  switch (first.do) {
    case 'remove':
      return checked + removalLines(run);
    case 'make-directory':
      for (const { path } of run) directories.noteMade(path);
      return `${checked}mkdir -p -- ${all}\n${first.mode === undefined ? '' : `chmod ${first.mode.toString(8)} ${all}\n`}${ownerLines(first, all)}`;
    case 'mode':
      return `${checked}no_links ${all}\nchmod ${modeOf(first)} ${all}\n`;
  }
}

const linkLines = (change: SymlinkChange, directories: CheckedDirectories): string => {
  const { path, target } = change;
  return `${directories.ensureParent(path)}relink ${word(target)} ${word(path)}\n${ownerLines(change, word(path))}`;
};

/** Writes files by one dd each. Executables are replaced, since a running program can't be written to. */
async function* write(
  change: FileChange,
  builder: FrameBuilder,
  directories: CheckedDirectories,
  { openSource, mounts }: ScriptOptions,
): AsyncGenerator<Frame> {
  await using file = await openSource(change.name);
  if (file === undefined) return;
  const { path, isExecutable, mode } = change;
  if (file.sizeBytes > blobLimitBytes) {
    yield* builder.flush();
    yield* sendInParts(change, file);
    return;
  }
  const content = await readIfWhole(file);
  if (content === undefined) return;
  const before = directories.ensureParent(path);
  if (!builder.fits(before.length + 3 * path.length, content.length)) yield* builder.flush();
  const where = `${builder.put(content).toString()} ${content.length.toString()} ${word(path)}`;
  const line = isExecutable
    ? `new ${where} ${modeOf(change)}\n`
    : `over ${where} ${word(mountPointOf(mounts, parentOf(path)))}\n`;
  const chmod = mode === undefined || isExecutable ? '' : `chmod ${modeOf(change)} ${word(path)}\n`;
  builder.add(before + line + chmod + ownerLines(change, word(path)));
}

/** Removes files of a kind at once. */
function removalLines(run: readonly Change[]): string {
  const removals = run.flatMap(it => (it.do === 'remove' ? [it] : []));
  const directories = removals.filter(it => it.kind === 'directory');
  return (
    dropLines('drop_files f', pathsOf(removals, 'file')) +
    dropLines('drop_files l', pathsOf(removals, 'symlink')) +
    directories.map(treeLines).join('')
  );
}

const pathsOf = (all: readonly KnownBelow[], kind: KnownBelow['kind']): string[] =>
  all.flatMap(it => (it.kind === kind ? [it.path] : []));

function dropLines(call: string, paths: readonly string[]): string {
  let lines = '';
  for (let at = 0; at < paths.length; at += wordsAtOnce)
    lines += `${call} ${words(paths.slice(at, at + wordsAtOnce))}\n`;
  return lines;
}

/**
 * Removes a directory by the names that are known below it, as it may hold files that are not ours. Before the first of
 * them goes, the directory is counted, and none below may have become a link, which would be followed.
 */
function treeLines({ path, below }: Removal): string {
  const depth = (it: string): number => it.split('/').length;
  const directories = [path, ...pathsOf(below, 'directory').sort((a, b) => depth(a) - depth(b))];
  return (
    dropLines(`holds_most ${(below.length + 1).toString()}`, [path]) +
    dropLines('still_directories', directories) +
    dropLines('drop_files f', pathsOf(below, 'file')) +
    dropLines('drop_files l', pathsOf(below, 'symlink')) +
    dropLines('drop_directories', directories.reverse())
  );
}
