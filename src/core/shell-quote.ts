/** One word of POSIX shell that expands to exactly `word`, whatever bytes it holds (spaces, quotes, newlines, empty). */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
