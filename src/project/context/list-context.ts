/** Lists a build context. The law: filter before stat; what is ignored is never touched. */
import type { Dirent } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, OsError } from '../../core/errors.ts';
import { sortEntries, type ContextEntry } from './entry.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import { cannotRead } from './read-failure.ts';

export interface ContextListing {
  /** Absolute path of the context. */
  readonly directory: string;
  /** In canonical order. */
  readonly entries: readonly ContextEntry[];
  /** Sum of the files' sizes. */
  readonly sizeBytes: number;
  /** What a tar cannot carry (sockets, pipes, devices), relative to the context. */
  readonly skipped: readonly string[];
}

export interface ListOptions {
  readonly rules: IgnoreRules;
  /** Names that go along although a rule ignores them, as the engine needs them: the Dockerfile, the ignore file. */
  readonly always?: readonly string[];
  /** Where the file system keeps no execute bit (Windows): who is executable, by name. Else the file system is asked. */
  readonly isExecutable?: ((name: string) => boolean) | undefined;
  readonly convertsLineEndings?: boolean;
  readonly signal?: AbortSignal;
}

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

  constructor(root: string, options: ListOptions, found: ContextEntry[], skipped: string[]) {
    this.#root = root;
    this.#options = options;
    this.#found = found;
    this.#skipped = skipped;
  }

  /** Lists what `prefix` (`''` or `a/b/`) holds; answers whether anything of it belongs to the context. */
  async enter(prefix: string): Promise<boolean> {
    this.#options.signal?.throwIfAborted();
    const children = await this.#read(prefix);
    const files: Dirent[] = [];
    let isAnyKept = false;
    for (const child of children) {
      const name = prefix + child.name;
      if (child.isDirectory()) {
        if (await this.#visit(name)) isAnyKept = true;
      } else if (this.#isKept(name)) files.push(child);
    }
    const entries = await Promise.all(files.map(file => this.#describe(prefix + file.name, file)));
    for (const entry of entries) if (entry !== undefined) this.#found.push(entry);
    return isAnyKept || entries.some(entry => entry !== undefined);
  }

  #isKept(name: string): boolean {
    return !this.#options.rules.isIgnored(name) || (this.#options.always?.includes(name) ?? false);
  }

  /** An ignored directory still appears when something in it is kept. */
  async #visit(name: string): Promise<boolean> {
    const isIgnored = this.#options.rules.isIgnored(name);
    const mayHoldKept =
      !isIgnored ||
      this.#options.rules.mayHoldExceptions(name) ||
      (this.#options.always?.some(it => it.startsWith(`${name}/`)) ?? false);
    if (!mayHoldKept) return false;
    const isAnyKept = await this.enter(`${name}/`);
    if (isIgnored && !isAnyKept) return false;
    this.#found.push({ type: 'directory', name: `${name}/` });
    return true;
  }

  async #read(prefix: string): Promise<Dirent[]> {
    const children = await readdir(path.join(this.#root, prefix), { withFileTypes: true }).catch(
      (error: unknown) => {
        throw cannotRead(prefix === '' ? this.#root : prefix, error);
      },
    );
    const unreadable = children.find(({ name }) => name.includes('\ufffd') && this.#isKept(prefix + name));
    if (unreadable !== undefined)
      throw new OsError('project-invalid', `${prefix}${unreadable.name}: the name is not valid UTF-8`, {
        hint: 'rename it, or name it in .dockerignore by a wildcard',
      });
    return children;
  }

  async #describe(name: string, child: Dirent): Promise<ContextEntry | undefined> {
    const file = path.join(this.#root, name);
    try {
      if (child.isSymbolicLink())
        return { type: 'symlink', name, target: (await readlink(file)).replaceAll(path.sep, '/') };
      if (!child.isFile()) {
        this.#skipped.push(name);
        return undefined;
      }
      const { size, mode, mtimeMs } = await lstat(file);
      const isExecutable = this.#options.isExecutable?.(name) ?? (mode & 0o100) !== 0;
      const convertsLineEndings = this.#options.convertsLineEndings ?? false;
      return {
        ...{ type: 'file', name, isExecutable, sizeBytes: size },
        source: { path: file, mtimeMs, convertsLineEndings },
      };
    } catch (error) {
      // Gone since the directory was read: then it is not part of the context.
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw cannotRead(name, error);
    }
  }
}
