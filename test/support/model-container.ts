/** A container in memory, with the rules of the one that a shell changes: strict about links and kinds, and it counts. */
import path from 'node:path';
import { OsError } from '../../src/core/errors.ts';
import { openBuffer, readOpenFile } from '../../src/project/context/content/read-file.ts';
import type { Change, OpenSource, Removal } from '../../src/sync/transport/change.ts';
import { LinkInTheWay, SyncRefusal, type Found, type Transport } from '../../src/sync/transport/transport.ts';
import type { Node } from '../../src/sync/tree/node.ts';

export type Files = Map<string, Node>;

const directory: Node = { kind: 'directory' };

export const fileOf = (content: string, isExecutable = false): Node => ({
  kind: 'file',
  isExecutable,
  sizeBytes: content.length,
  // The content itself tells as much as a hash of it.
  sha256: content,
});

/** Sources in memory, for what reads them as files. */
export const sourceOf =
  (read: (name: string) => Buffer | undefined): OpenSource =>
  name => {
    const content = read(name);
    return Promise.resolve(content && openBuffer(content));
  };

const parentOf = (at: string): string => path.posix.dirname(at);

/** Where `at` is, links on the way followed and one at the place itself not. */
export function resolveIn(files: ReadonlyMap<string, Node>, at: string): string {
  let [done, rest] = ['/', at.split('/').filter(it => it !== '')];
  for (let links = 0; rest.length > 0 && links < 40;) {
    const [first = '', ...others] = rest;
    const here = path.posix.join(done, first);
    const node = files.get(here);
    rest = others;
    if (node?.kind !== 'symlink' || others.length === 0) done = here;
    else {
      links++;
      rest = [
        ...path.posix
          .resolve(done, node.target)
          .split('/')
          .filter(it => it !== ''),
        ...others,
      ];
      done = '/';
    }
  }
  return done;
}

export class ModelContainer {
  readonly id: string;
  readonly files: Files;
  /** Called for every path that is removed. */
  onRemoved: (at: string) => void = () => undefined;
  /** How many more changes are applied before the connection is lost. */
  changesLeft = Infinity;
  /** How many ways into it are not closed. */
  openWays = 0;

  constructor(id: string, files: Files) {
    this.id = id;
    this.files = files;
  }

  openTransport(openSource: OpenSource): Transport {
    let isOpen = true;
    let isClosed = false;
    this.openWays += 1;
    const { files } = this;
    const ask = (): void => {
      if (this.changesLeft <= 0) isOpen = false;
      if (!isOpen) throw new OsError('connection-lost', 'the connection is lost');
    };
    return {
      kind: 'shell',
      mounts: [],
      get isOpen() {
        return isOpen;
      },
      async read(paths) {
        await Promise.resolve();
        ask();
        return paths.map((at): Found => files.get(resolveIn(files, at)) ?? 'nothing');
      },
      async readLinks(paths) {
        await Promise.resolve();
        ask();
        return paths.map(at => {
          const node = files.get(resolveIn(files, at));
          return node?.kind === 'symlink' ? node.target : undefined;
        });
      },
      apply: async (changes, signal) => {
        for (const change of changes) {
          signal.throwIfAborted();
          ask();
          this.changesLeft -= 1;
          await this.#apply(change, openSource);
        }
        ask();
      },
      partialPath: undefined,
      writeLarge: async (change, { signal }) => {
        signal.throwIfAborted();
        ask();
        await this.#apply(change, openSource);
        return true;
      },
      [Symbol.asyncDispose]: () => {
        isOpen = false;
        if (!isClosed) this.openWays -= 1;
        isClosed = true;
        return Promise.resolve();
      },
    };
  }

  async #apply(change: Change, openSource: OpenSource): Promise<void> {
    const { path: at } = change;
    for (let above = parentOf(at); above !== '/'; above = parentOf(above))
      if (this.files.get(above)?.kind === 'symlink') throw new LinkInTheWay(`${above} is a symbolic link`);
    const there = this.files.get(at);
    switch (change.do) {
      case 'remove':
        this.#remove(change, there);
        return;
      case 'make-directory':
        if (there !== undefined && there.kind !== 'directory') throw new SyncRefusal(`${at} is no directory`);
        this.#makeDirectory(at);
        return;
      case 'link':
        if (there !== undefined && there.kind !== 'symlink') throw new SyncRefusal(`${at} is no link`);
        this.#makeDirectory(parentOf(at));
        this.files.set(at, { kind: 'symlink', target: change.target });
        return;
      case 'mode':
        if (there?.kind !== 'file') throw new SyncRefusal(`${at} is no file`);
        this.files.set(at, { ...there, isExecutable: change.isExecutable });
        return;
      case 'write': {
        const file = await openSource(change.name);
        if (file === undefined) return;
        const content = await readOpenFile(file);
        if (there?.kind === 'directory') throw new SyncRefusal(`${at} is a directory`);
        this.#makeDirectory(parentOf(at));
        this.files.set(at, fileOf(content.toString(), change.isExecutable));
      }
    }
  }

  #remove({ path: at, kind, below: known }: Removal, there: Node | undefined): void {
    if (there === undefined) return;
    if (there.kind !== kind) throw new SyncRefusal(`${at} is not what was synced there`);
    const below = [...this.files.keys()].filter(it => it === at || it.startsWith(`${at}/`));
    const names = new Set([at, ...known.map(it => it.path)]);
    if (kind === 'directory' && below.some(it => !names.has(it)))
      throw new SyncRefusal(`${at} holds what the sources do not`);
    for (const it of below) {
      this.files.delete(it);
      this.onRemoved(it);
    }
  }

  #makeDirectory(at: string): void {
    if (at === '/') return;
    this.#makeDirectory(parentOf(at));
    const there = this.files.get(at);
    if (there === undefined) this.files.set(at, { kind: 'directory' });
    else if (there.kind !== 'directory') throw new SyncRefusal(`${at} is not a directory`);
  }
}

/** True if nothing is at `name`, and nothing but directories above it. */
export function isFree(files: ReadonlyMap<string, Node>, name: string): boolean {
  for (let at = parentOf(name); at !== '.'; at = parentOf(at))
    if (files.has(at) && files.get(at)?.kind !== 'directory') return false;
  return !files.has(name);
}

/** As the builder copies a tree: what is no directory is replaced, also a link to one. */
export function copyInto(files: Files, destination: string, nodes: ReadonlyMap<string, Node>): void {
  for (const [name, node] of [...nodes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const at = name === '' ? destination : path.posix.join(destination, name);
    const there = files.get(at);
    if (there?.kind === 'directory' && node.kind === 'directory') continue;
    for (const it of [...files.keys()]) if (it === at || it.startsWith(`${at}/`)) files.delete(it);
    files.set(at, node);
  }
}

/** The image without the sources: files below and beside them that are nobody's to touch. */
export const baseImage = (): Files =>
  new Map<string, Node>([
    ['/real', directory],
    ['/real/bystander', fileOf('image')],
    ['/real/app', directory],
    ['/real/app/own', fileOf('image')],
    ['/real/app/a', directory],
    ['/real/app/a/b', fileOf('of the image')],
    ['/srv', { kind: 'symlink', target: 'real' }],
    ['/kept', directory],
    ['/kept/bystander', fileOf('image')],
    ['/var', directory],
    ['/var/moved', directory],
    ['/var/moved/bystander', fileOf('image')],
  ]);
