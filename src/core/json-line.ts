/**
 * Returns `value` as one line of JSON in which control and other non-printing characters are escaped: the same value to
 * a parser, harmless on a terminal.
 */
export function toJsonLine(value: unknown): string {
  const escaped = JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, character =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
  return `${escaped}\n`;
}
