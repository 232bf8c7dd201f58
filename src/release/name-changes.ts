type Entries = ReadonlyMap<string, string>;

const named = 3;

/** `a.js, b.js (removed) and 3 more`; empty when nothing changed. A directory is told only where nothing in it is. */
export function nameChanges(before: Entries, now: Entries): string {
  const isFile = (name: string): boolean => !name.replace(/ \(removed\)$/, '').endsWith('/');
  const changed = [...now.keys()].filter(name => before.get(name) !== now.get(name));
  const gone = [...before.keys()].filter(name => !now.has(name));
  const names = [...changed, ...gone.map(name => `${name} (removed)`)];
  const told = names.some(isFile) ? names.filter(isFile) : names;
  const more = told.length - named;
  return `${told.slice(0, named).join(', ')}${more > 0 ? ` and ${more.toString()} more` : ''}`;
}
