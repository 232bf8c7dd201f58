import type { Tree } from './tree.ts';

/** A small tree whose names the random patterns below speak of. */
export const ignoredTree: Tree = {
  Dockerfile: 'FROM a',
  'top.pem': 'x',
  'a.log': 'x',
  '.env': 'x',
  'a+b': 'x',
  '[x]': 'x',
  'é.md': 'x',
  'keep/a.log': 'x',
  'keep/b/c.pem': 'x',
  'keep/b/keep': 'x',
  'src/b.log': 'x',
  'src/m.c': 'x',
  'src/keep/m.c': 'x',
  'src/keep/keep/a.log': 'x',
  'src/keys/id.pem': 'x',
  'src/src/b/m.c': 'x',
  'b/Dockerfile': 'x',
  'b/.env': 'x',
  'b/b/b': 'x',
  'docs/README.md': 'x',
};

/** Numbers in [0, 1) that depend on `seed` alone. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    const more = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((more ^ (more >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Names that Docker's client takes for regular expressions of Go, for which they were not written. */
export const regexpNames = [
  ...['^b', 'k^', 's\\w+', '\\w', '[\\w]*', 'k\\s'],
  ...['[[:alpha:]]', '[^[:alpha:]]*', '[^\\d]*'],
];

/** The text of an ignore file with one to six rules; `more` are further names in them. */
export function randomIgnoreFile(seed: number, more: readonly string[] = []): string {
  const random = randomOf(seed);
  const pick = (of: readonly string[]): string => of[Math.floor(random() * of.length)] ?? '';
  const names = ['keep', 'src', 'b', 'keys', 'docs', 'm.c', 'a.log', '*.log', '*.pem', '*', '**', '**', '?'];
  const odd = ['[a-k]*', '[^s]*', '**.pem', 's**', '**b', '.env', '.*', 'a+b', '\\[x\\]', 'é.md', '..', '.'];
  const part = (): string => (random() < 0.75 ? pick(names) : pick([...odd, ...more]));
  const line = (): string => {
    if (random() < 0.06) return pick(['# keep', '', '  ', ' #b', '\t']);
    const parts = Array.from({ length: 1 + Math.floor(random() * 3) }, part).join('/');
    const sign = random() < 0.35 ? pick(['!', '!', '!', '! ', ' !']) : '';
    return `${sign}${pick(['', '', '', '', '/', './', ' '])}${parts}${pick(['', '', '', '/', ' ', '//'])}`;
  };
  const lines = Array.from({ length: 1 + Math.floor(random() * 6) }, line);
  return `${random() < 0.05 ? '\ufeff' : ''}${lines.join(random() < 0.1 ? '\r\n' : '\n')}\n`;
}
