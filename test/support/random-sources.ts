/** The sources of a live session in memory, and a person who edits them at random. */
import path from 'node:path';
import type { Node } from '../../src/sync/tree/node.ts';
import { fileOf, isFree, type Files } from './model-container.ts';

const names = ['a', 'b', 'c', 'd', 'e'];
const directory: Node = { kind: 'directory' };

export class RandomSources {
  readonly files: Files = new Map([
    ['app', directory],
    ['app/moved', directory],
    ['ruled', directory],
  ]);
  readonly #random: (limit: number) => number;
  readonly #change: (edit: () => void) => void;

  /** `change` carries out an edit, and tells whoever watches. */
  constructor(random: (limit: number) => number, change: (edit: () => void) => void) {
    this.#random = random;
    this.#change = change;
  }

  #remove(name: string): void {
    for (const it of [...this.files.keys()])
      if (it === name || it.startsWith(`${name}/`)) this.files.delete(it);
    if (name === 'app/moved') this.files.set(name, directory);
  }

  #makeDirectory(name: string): void {
    if (this.files.get(name)?.kind === 'directory') return;
    this.#makeRoom(name);
    this.files.set(name, directory);
  }

  /** Nothing is at `name` then, and a directory above it. */
  #makeRoom(name: string): void {
    this.#makeDirectory(path.posix.dirname(name));
    this.#remove(name);
  }

  #write(name: string): void {
    this.#makeRoom(name);
    this.files.set(name, fileOf(`content ${this.#random(1000).toString()}`, this.#random(4) === 0));
  }

  #somewhere(): string {
    const below = ['app', 'app/moved', 'app/gen', 'ruled'][this.#random(4)] ?? 'app';
    const parts = Array.from({ length: 1 + this.#random(3) }, () => names[this.#random(names.length)] ?? 'a');
    return `${below}/${parts.join('/')}`;
  }

  editSome(count: number): void {
    const edits: (() => void)[] = [
      () => this.#write(this.#somewhere()),
      () => this.#write(this.#somewhere()),
      () => this.#remove(this.#somewhere()),
      () => {
        const name = this.#somewhere();
        this.#makeRoom(name);
        this.files.set(name, directory);
      },
      () => {
        const name = this.#somewhere();
        this.#makeRoom(name);
        this.files.set(name, {
          kind: 'symlink',
          target: ['a', '..', '../b', '/var'][this.#random(4)] ?? 'a',
        });
      },
      () => this.#move(this.#somewhere(), this.#somewhere()),
      () => this.#move('app/gen', `app/${names[this.#random(names.length)] ?? 'a'}`),
    ];
    for (let i = 0; i < count; i++) this.#change(edits[this.#random(edits.length)] ?? (() => undefined));
  }

  #move(from: string, to: string): void {
    if (to === from || to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) return;
    const moved = [...this.files].filter(([it]) => it === from || it.startsWith(`${from}/`));
    if (moved.length === 0) return;
    this.#remove(from);
    this.#makeRoom(to);
    for (const [it, node] of moved) this.files.set(to + it.slice(from.length), node);
  }

  /** So many files that their removal is a safety stop. */
  fill(): void {
    this.#change(() => {
      for (let i = 0; i < 40; i++) this.#write(`app/gen/${i.toString()}`);
    });
  }

  /** Most of the sources go at once, perhaps with other things in their places; returns what brings them back. */
  swapAway(): (share: number) => void {
    const before = new Map(this.files);
    this.#change(() => {
      for (const name of ['gen', ...names])
        if (name === 'gen' || this.#random(2) === 0) this.#remove(`app/${name}`);
      if (this.#random(2) === 0) this.#write(`app/${['gen', ...names][this.#random(6)] ?? 'a'}`);
    });
    return share =>
      this.#change(() => {
        if (share === 1) this.files.clear();
        for (const [i, [name, node]] of [...before].entries())
          if (share === 1) this.files.set(name, node);
          else if (name.startsWith('app/gen') && i % 10 < share * 10 && isFree(this.files, name)) {
            this.#makeDirectory(path.posix.dirname(name));
            this.files.set(name, node);
          }
      });
  }
}
