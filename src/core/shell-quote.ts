/**
 * Returns one word of POSIX shell that expands to exactly `word`, whatever its bytes (spaces, quotes, newlines, empty).
 */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
