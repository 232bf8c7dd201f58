import { childOf, listOf, scalarOf, textOf, type Entry, type List, type Tree } from './tree.ts';

/** The items of a list, of a mapping as `key=value`, or the one that a text is. */
export function listEntries(tree: Tree): readonly Tree[] {
  if (tree.kind === 'list') return tree.items;
  if (tree.kind === 'scalar') return tree.value === null ? [] : [tree];
  return [...tree.entries].flatMap(([key, { value }]) =>
    listEntries(value).map(item =>
      scalarOf(`${key}=${item.kind === 'scalar' ? textOf(item) : ''}`, item.place),
    ),
  );
}

/** `[A=1, B]` or `{A: 1, B: null}` as entries. */
export function keyedEntries(tree: Tree): [string, Entry][] {
  if (tree.kind === 'mapping') return [...tree.entries];
  return listEntries(tree).map(item => {
    const text = item.kind === 'scalar' ? textOf(item) : '';
    const equals = text.indexOf('=');
    const [key, value] = equals === -1 ? [text, null] : [text.slice(0, equals), text.slice(equals + 1)];
    return [key, { key: item.place, value: scalarOf(value, item.place) }];
  });
}

/** Both lists, each text once. */
export function appendLists(base: Tree, over: Tree): List {
  const seen = new Set<string>();
  const items = [...listEntries(base), ...listEntries(over)].filter(item => {
    if (item.kind !== 'scalar') return true;
    const text = textOf(item);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
  return listOf(items, over.place);
}

/** Appends lists of files, each file once: equal names relative to different directories are two files. */
export function appendFileNames(base: Tree, over: Tree): List {
  const files = new Map<string, Tree>();
  for (const item of [...listEntries(base), ...listEntries(over)]) {
    const name = item.kind === 'scalar' ? textOf(item) : (scalarText(item, 'path') ?? '');
    files.set(`${item.place.baseDirectory}\0${name}`, item);
  }
  return listOf([...files.values()], over.place);
}

/** Keeps the last of the items that have the same place in the container. */
export function lastOfEach(list: List): List {
  const byKey = new Map<string, Tree>();
  for (const item of list.items) byKey.set(targetOf(item), item);
  return listOf([...byKey.values()], list.place);
}

/**
 * Key by which mounts, devices, ports or secrets are the same: the place in the container; for a short port the whole
 * text.
 */
function targetOf(item: Tree): string {
  if (item.kind === 'scalar') {
    const text = textOf(item);
    const [first = '', second] = text.split(/:(?=\/)/);
    return second === undefined ? first : second.replace(/:[^/]*$/, '');
  }
  const parts = ['host_ip', 'published', 'protocol'].map(key => scalarText(item, key) ?? '');
  const target = scalarText(item, 'target') ?? scalarText(item, 'source') ?? '';
  return parts.every(part => part === '') ? target : `${parts.join(':')}:${target}`;
}

function scalarText(tree: Tree, key: string): string | undefined {
  const child = childOf(tree, key);
  return child?.kind === 'scalar' ? textOf(child) : undefined;
}
