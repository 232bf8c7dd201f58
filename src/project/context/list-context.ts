/** Lists a build context. Rules are applied before a file is read: ignored files are never touched. */
import type { Dirent } from 'node:fs';
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, OsError } from '../../core/errors.ts';
import { sortEntries, type ContextEntry } from './entry.ts';
import type { IgnoreRules } from './ignore/ignore-rules.ts';
import { cannotRead } from './read-failure.ts';

export interface ContextListing {
  /** Absolute path of the context. */
  readonly directory: string;
  /** In canonical order. */
  readonly entries: readonly ContextEntry[];
  /** Sum of the files' sizes. */
  readonly sizeBytes: number;
  /** Entries that a tar cannot contain (sockets, pipes, devices), relative to the context. */
  readonly skipped: readonly string[];
}

export interface ListOptions {
  readonly rules: IgnoreRules;
  /** Names that go along although a rule ignores them, as the engine needs them: the Dockerfile, the ignore file. */
  readonly always?: readonly string[];
  /**
   * Returns whether the file of that name is executable, for file systems without an execute bit (Windows). Default:
   * the file's mode.
   */
  readonly isExecutable?: ((name: string) => boolean) | undefined;
  readonly convertsLineEndings?: boolean;
  /** The time now, in milliseconds since 1970. Default: the system's. */
  readonly nowMs?: number;
  readonly signal?: AbortSignal;
}

/** Two changes within this time may leave a file with the same times: file systems count in steps of up to two seconds. */
const clockGrainMs = 2000;
/** Number of files read per turn of the event loop; reading one after the other is much faster than in parallel. */
const filesPerTurn = 500;

export async function listContext(directory: string, options: ListOptions): Promise<ContextListing> {
  const found: ContextEntry[] = [];
  const skipped: string[] = [];
  const walk = new Walk(path.resolve(directory), options, found, skipped);
  await walk.enter('');
  const entries = sortEntries(found);
  const sizeBytes = entries.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.sizeBytes : 0), 0);
  return { directory: path.resolve(directory), entries, sizeBytes, skipped: skipped.sort() };
}

class Walk {
  readonly #root: string;
  readonly #options: ListOptions;
  readonly #found: ContextEntry[];
  readonly #skipped: string[];
  readonly #settledBeforeMs: number;
  #sinceTurn = 0;

  constructor(root: string, options: ListOptions, found: ContextEntry[], skipped: string[]) {
    this.#root = root;
    this.#options = options;
    this.#found = found;
    this.#skipped = skipped;
    this.#settledBeforeMs = (options.nowMs ?? Date.now()) - clockGrainMs;
  }

  /**
   * Lists the content of `prefix` (`''` or `a/b/`); returns true if any of it belongs to the context, and undefined if the
   * directory is gone.
   */
  async enter(prefix: string): Promise<boolean | undefined> {
    this.#options.signal?.throwIfAborted();
    const children = await this.#read(prefix);
    if (children === undefined) return undefined;
    const files: Dirent[] = [];
    let isAnyKept = false;
    for (const child of children) {
      const name = prefix + child.name;
      if (child.isDirectory()) {
        if (await this.#visit(name)) isAnyKept = true;
      } else if (this.#isKept(name)) files.push(child);
    }
    for (const file of files) {
      const entry = this.#describe(prefix + file.name, file);
      if (entry === undefined) continue;
      this.#found.push(entry);
      isAnyKept = true;
    }
    await this.#giveTurn(files.length);
    return isAnyKept;
  }

  async #giveTurn(files: number): Promise<void> {
    this.#sinceTurn += files;
    if (this.#sinceTurn < filesPerTurn) return;
    this.#sinceTurn = 0;
    await new Promise(setImmediate);
  }

  #isKept(name: string): boolean {
    return !this.#options.rules.isIgnored(name) || (this.#options.always?.includes(name) ?? false);
  }

  /** An ignored directory is still listed when an entry in it is included. */
  async #visit(name: string): Promise<boolean> {
    const isIgnored = this.#options.rules.isIgnored(name);
    const mayHoldKept =
      !isIgnored ||
      this.#options.rules.mayHoldExceptions(name) ||
      (this.#options.always?.some(it => it.startsWith(`${name}/`)) ?? false);
    if (!mayHoldKept) return false;
    const isAnyKept = await this.enter(`${name}/`);
    if (isAnyKept === undefined || (isIgnored && !isAnyKept)) return false;
    this.#found.push({ type: 'directory', name: `${name}/` });
    return true;
  }

  async #read(prefix: string): Promise<Dirent[] | undefined> {
    const children = await readdir(path.join(this.#root, prefix), { withFileTypes: true }).catch(
      (error: unknown) => {
        // Gone since the directory around it was read: then it is not part of the context.
        if (prefix !== '' && errnoOf(error) === 'ENOENT') return undefined;
        throw cannotRead(prefix === '' ? this.#root : prefix, error);
      },
    );
    const unreadable = children?.find(({ name }) => name.includes('\ufffd') && this.#isKept(prefix + name));
    if (unreadable !== undefined)
      throw new OsError('project-invalid', `${prefix}${unreadable.name}: the name is not valid UTF-8`, {
        hint: 'rename it, or name it in .dockerignore by a wildcard',
      });
    return children;
  }

  #describe(name: string, child: Dirent): ContextEntry | undefined {
    const file = path.join(this.#root, name);
    try {
      if (child.isSymbolicLink())
        return { type: 'symlink', name, target: readlinkSync(file).replaceAll(path.sep, '/') };
      if (!child.isFile()) {
        this.#skipped.push(name);
        return undefined;
      }
      const stats = lstatSync(file);
      return {
        type: 'file',
        name,
        isExecutable: this.#options.isExecutable?.(name) ?? (stats.mode & 0o100) !== 0,
        sizeBytes: stats.size,
        source: {
          path: file,
          stamp: this.#stampOf(stats),
          convertsLineEndings: this.#options.convertsLineEndings ?? false,
        },
      };
    } catch (error) {
      // Gone since the directory was read: then it is not part of the context.
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw cannotRead(name, error);
    }
  }

  #stampOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string | undefined {
    if (ctimeMs >= this.#settledBeforeMs) return undefined;
    return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
  }
}
