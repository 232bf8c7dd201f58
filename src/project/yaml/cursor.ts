import type { Problems } from '../problem.ts';
import { keyedEntries, listEntries } from './list-entries.ts';
import { textOf, type Source, type Tree } from './tree.ts';
import { parseBoolean, parseBytes, parseDurationMs, parseNumber } from './units.ts';

/**
 * A value of the model with its place and subject. Reading an absent one returns undefined; reading one of the wrong
 * form returns undefined and adds a problem.
 */
export class Cursor {
  readonly tree: Tree | undefined;
  readonly subject: string;
  readonly problems: Problems;
  /** Place of the value; for an absent one, that of its parent. */
  readonly place: Source;
  /** Place of its key, or of the item itself. */
  readonly keyPlace: Source;

  constructor(
    tree: Tree | undefined,
    subject: string,
    problems: Problems,
    places: { readonly place: Source; readonly keyPlace?: Source },
  ) {
    const isNothing = tree?.tag === 'reset' || (tree?.kind === 'scalar' && tree.value === null);
    this.tree = isNothing ? undefined : tree;
    this.subject = subject;
    this.problems = problems;
    this.place = tree?.place ?? places.place;
    this.keyPlace = places.keyPlace ?? this.place;
  }

  get isPresent(): boolean {
    return this.tree !== undefined;
  }

  get isMapping(): boolean {
    return this.tree?.kind === 'mapping';
  }

  fail(message: string): void {
    this.problems.add(this.place, this.subject, message);
  }

  /** `value`, which being undefined is a problem. */
  expect<T>(value: T | undefined, message: string): T | undefined {
    if (value === undefined) this.fail(message);
    return value;
  }

  warn(message: string): void {
    this.problems.warn(this.place, this.subject, message);
  }

  /** `at('build', 'args')` */
  at(...path: readonly string[]): Cursor {
    const [key, ...rest] = path;
    if (key === undefined) return this;
    const entry = this.tree?.kind === 'mapping' ? this.tree.entries.get(key) : undefined;
    const subject = this.subject === '' ? key : `${this.subject}.${key}`;
    const places = { place: this.place, ...(entry ? { keyPlace: entry.key } : {}) };
    return new Cursor(entry?.value, subject, this.problems, places).at(...rest);
  }

  items(): Cursor[] {
    return this.#cursorsOf(this.tree?.kind === 'list' ? this.tree.items : []);
  }

  /** The items of a list, or the one that a text is. */
  texts(): string[] {
    const trees = this.tree === undefined ? [] : listEntries(this.tree);
    return this.#cursorsOf(trees).flatMap(item => item.text() ?? []);
  }

  #cursorsOf(trees: readonly Tree[]): Cursor[] {
    return trees.map(
      (it, i) => new Cursor(it, `${this.subject}[${i.toString()}]`, this.problems, { place: it.place }),
    );
  }

  entries(): [string, Cursor][] {
    if (this.tree?.kind !== 'mapping') return [];
    return [...this.tree.entries.keys()].map(key => [key, this.at(key)]);
  }

  text(): string | undefined {
    if (this.tree === undefined) return undefined;
    const text = this.tree.kind === 'scalar' ? textOf(this.tree) : undefined;
    return this.expect(text, `has to be text, and is a ${this.tree.kind}`);
  }

  /** Returns the result of `parse` on the text; a text that it rejects is a problem. */
  #parsed<T>(parse: (text: string) => T | undefined, problem: string): T | undefined {
    const text = this.text();
    return text === undefined ? undefined : this.expect(parse(text), `${JSON.stringify(text)} ${problem}`);
  }

  bool(): boolean | undefined {
    return this.#parsed(parseBoolean, 'is neither true nor false');
  }

  number(): number | undefined {
    return this.#parsed(parseNumber, 'is not a number');
  }

  integer(): number | undefined {
    const parse = (text: string): number | undefined =>
      Number.isInteger(parseNumber(text)) ? parseNumber(text) : undefined;
    return this.#parsed(parse, 'is not a whole number');
  }

  bytes(): number | undefined {
    return this.#parsed(parseBytes, 'is not a size: write it like 64m or 1gb');
  }

  durationMs(): number | undefined {
    return this.#parsed(parseDurationMs, 'is not a duration: write it like 30s or 1m30s');
  }

  /** Reads a mapping, or a list of `KEY=value`; null if there is no value. */
  keyed(): Map<string, string | null> {
    const entries = this.tree === undefined ? [] : keyedEntries(this.tree);
    return new Map(
      entries.map(([key, { value }]) => {
        const cursor = new Cursor(value, `${this.subject}.${key}`, this.problems, { place: value.place });
        return [key, cursor.isPresent ? (cursor.text() ?? '') : null];
      }),
    );
  }

  /** Same as `keyed`, with missing values as empty text. */
  record(): Record<string, string> {
    return Object.fromEntries([...this.keyed()].map(([key, value]) => [key, value ?? '']));
  }
}
