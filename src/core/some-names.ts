const shown = 3;

/** `a, b, c and 2 more`, where `count` is how many there are in all. */
export function someNames(names: readonly string[], count = names.length): string {
  const more = count - shown;
  return `${names.slice(0, shown).join(', ')}${more > 0 ? ` and ${more.toString()} more` : ''}`;
}
