import { someNames } from '../../core/some-names.ts';

type Entries = ReadonlyMap<string, string>;

/** `a.js, b.js (removed) and 3 more`; empty when nothing changed. A directory is named only if no entry in it is. */
export function nameChanges(before: Entries, now: Entries): string {
  const isFile = (name: string): boolean => !name.replace(/ \(removed\)$/, '').endsWith('/');
  const changed = [...now.keys()].filter(name => before.get(name) !== now.get(name));
  const gone = [...before.keys()].filter(name => !now.has(name));
  const names = [...changed, ...gone.map(name => `${name} (removed)`)];
  return someNames(names.some(isFile) ? names.filter(isFile) : names);
}
