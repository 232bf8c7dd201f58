/** From changes to frames: scripts in the words of shell-loop.ts, and the bytes of files cut to their size. */
import { shellQuote } from '../../core/shell-quote.ts';
import type { Change, FileChange, ReadFile } from './change.ts';
import { blobLimitBytes, stagedName } from './shell-loop.ts';

export interface Frame {
  readonly script: string;
  readonly blob: Buffer;
}

/** A path as an argument: absolute, so that it is never taken for an option. */
const q = (path: string): string => shellQuote(path);

/** `user` alone means a group of the same number, as COPY has it. */
function chownLine(owner: string, path: string): string {
  const [user = '', group] = owner.split(':');
  const whose = group === undefined ? `${q(user)}:"$(id -u ${q(user)})"` : q(owner);
  const numeric = /^\d+$/.test(owner) ? `${owner}:${owner}` : whose;
  return `chown -h ${numeric} ${q(path)}\n`;
}

const owned = (owner: string | undefined, path: string): string =>
  owner === undefined ? '' : chownLine(owner, path);

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/**
 * Files of a frame are put where their own size divides the offset, as dd can count in nothing but blocks. What is
 * made is owned by --chown; a file that is written in place keeps its owner.
 */
export async function* toFrames(changes: readonly Change[], readFile: ReadFile): AsyncGenerator<Frame> {
  let script = '';
  let parts: Buffer[] = [];
  let sizeBytes = 0;
  const made = new Set<string>();
  const flush = function* (): Generator<Frame> {
    if (script !== '') yield { script, blob: Buffer.concat(parts) };
    script = '';
    parts = [];
    sizeBytes = 0;
  };
  const needParent = (path: string): string => {
    const parent = parentOf(path);
    if (made.has(parent)) return '';
    made.add(parent);
    return `mkdir -p -- ${q(parent)}\n`;
  };
  for (const change of changes) {
    if (change.do !== 'write') {
      script += (change.do === 'remove' ? '' : needParent(change.path)) + lineOf(change);
      if (change.do === 'make-directory') made.add(change.path);
      if (script.length > blobLimitBytes / 4) yield* flush();
      continue;
    }
    const content = await readFile(change.name);
    if (content === undefined) continue;
    if (content.length > blobLimitBytes) {
      yield* flush();
      yield* inParts(change, content, needParent(change.path));
      continue;
    }
    const { length } = content;
    let offset = length === 0 ? 0 : Math.ceil(sizeBytes / length) * length;
    if (offset + length > blobLimitBytes || script.length > blobLimitBytes / 4) {
      yield* flush();
      offset = 0;
    }
    parts.push(Buffer.alloc(offset > sizeBytes ? offset - sizeBytes : 0), content);
    sizeBytes = Math.max(sizeBytes, offset + length);
    script += needParent(change.path) + writeLine(change, length === 0 ? 0 : offset / length, length);
  }
  yield* flush();
}

function lineOf(change: Exclude<Change, FileChange>): string {
  const path = q(change.path);
  switch (change.do) {
    case 'remove':
      return `rm -rf -- ${path}\n`;
    case 'make-directory':
      return `mkdir -p -- ${path}\n${owned(change.owner, change.path)}`;
    case 'link':
      return `rm -f -- ${path}\nln -s -- ${q(change.target)} ${path}\n${owned(change.owner, change.path)}`;
    case 'mode':
      return `chmod ${change.isExecutable ? '755' : '644'} ${path}\n`;
  }
}

/** Executables are replaced: what runs can't be written to. */
function writeLine({ path, isExecutable, owner }: FileChange, unit: number, sizeBytes: number): string {
  const where = `${unit.toString()} ${sizeBytes.toString()} ${q(path)}`;
  const own = owned(owner, path);
  if (isExecutable) return `new ${where} 755\n${own}`;
  return own === '' ? `over ${where}\n` : `over ${where}\n${own}`;
}

/** A large file is put together beside its place, a frame at a time, and then renamed. */
function* inParts(
  { path, isExecutable, owner }: FileChange,
  content: Buffer,
  before: string,
): Generator<Frame> {
  const staged = q(`${parentOf(path) === '/' ? '' : parentOf(path)}/${stagedName}`);
  const none = Buffer.alloc(0);
  yield { script: `${before}rm -rf -- ${staged}\n`, blob: none };
  for (let at = 0; at < content.length; at += blobLimitBytes)
    yield { script: `cat "$b" >>${staged}\n`, blob: content.subarray(at, at + blobLimitBytes) };
  const mode = isExecutable ? '755' : '644';
  yield {
    script: `chmod ${mode} ${staged}\nplace ${staged} ${q(path)}\n${owned(owner, path)}`,
    blob: none,
  };
}
