/** YAML values with their places. Trees are immutable. */
import type { Place } from '../problem.ts';

export type Tree = Scalar | List | Mapping;

/** The file that a value is written in, and the directory that its relative paths start from. */
export interface Source extends Place {
  readonly baseDirectory: string;
}

interface Located {
  readonly place: Source;
  /** Nodes, with aliases counted as often as they are used. */
  readonly size: number;
  /** `!reset` drops values of earlier files, `!override` replaces them. */
  readonly tag?: 'reset' | 'override' | undefined;
}

export interface Scalar extends Located {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** Original text, for numbers whose form matters. */
  readonly text: string;
  /** True if variables were replaced: then its type is the one that its place requires. */
  readonly isInterpolated: boolean;
  /** Variables that were replaced. */
  readonly variables?: ReadonlySet<string>;
}

export interface List extends Located {
  readonly kind: 'list';
  readonly items: readonly Tree[];
}

export interface Mapping extends Located {
  readonly kind: 'mapping';
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  readonly key: Source;
  readonly value: Tree;
}

export const scalarOf = (value: string | null, place: Source): Scalar => ({
  kind: 'scalar',
  value,
  text: value ?? '',
  isInterpolated: false,
  place,
  size: 1,
});

export const listOf = (items: readonly Tree[], place: Source): List => ({
  kind: 'list',
  items,
  place,
  size: items.reduce((sum, it) => sum + it.size, 1),
});

export const mappingOf = (entries: ReadonlyMap<string, Entry>, place: Source): Mapping => ({
  kind: 'mapping',
  entries,
  place,
  size: [...entries.values()].reduce((sum, it) => sum + it.value.size, 1),
});

/** `mapping` with `key` set, or without it when `value` is undefined. */
export function withEntry(mapping: Mapping, key: string, value: Tree | undefined): Mapping {
  const entries = new Map(mapping.entries);
  if (value === undefined) entries.delete(key);
  else entries.set(key, { key: mapping.entries.get(key)?.key ?? value.place, value });
  return mappingOf(entries, mapping.place);
}

export function childOf(tree: Tree | undefined, key: string): Tree | undefined {
  return tree?.kind === 'mapping' ? tree.entries.get(key)?.value : undefined;
}

/** Returns a scalar's value as text: `1.0` is `1`, `0022` is `18`, as in compose. */
export function textOf({ value, text }: Scalar): string {
  if (value === null) return '';
  if (typeof value === 'number' && /^[+-]?[1-9]\d*$/.test(text)) return text.replace(/^\+/, '');
  return String(value);
}

/** Returns `tree` without the entries that are still marked by `!reset`, as no earlier file has their keys. */
export function withoutReset(tree: Tree): Tree {
  if (tree.kind === 'scalar') return tree;
  if (tree.kind === 'list') return { ...listOf(tree.items.map(withoutReset), tree.place), tag: tree.tag };
  const entries = [...tree.entries].flatMap(([key, { key: place, value }]) =>
    value.tag === 'reset' ? [] : [[key, { key: place, value: withoutReset(value) }] as const],
  );
  return { ...mappingOf(new Map(entries), tree.place), tag: tree.tag };
}

/** Converts to plain JavaScript values, for the schema; a value that is reset may have any form. */
export function plainOf(tree: Tree): unknown {
  switch (tree.kind) {
    case 'scalar':
      return tree.value;
    case 'list':
      return tree.items.map(plainOf);
    case 'mapping':
      return Object.fromEntries(
        [...tree.entries].flatMap(([key, { value }]) =>
          value.tag === 'reset' ? [] : [[key, plainOf(value)]],
        ),
      );
  }
}
