/** Nanoseconds since 1970 of a time as the engine writes it: RFC 3339 in UTC, up to nine decimals, trailing zeros left out. */
export function parseEngineTime(text: string): bigint | undefined {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text);
  const seconds = Date.parse(`${found?.[1] ?? ''}Z`);
  if (found === null || Number.isNaN(seconds)) return undefined;
  return BigInt(seconds) * 1_000_000n + BigInt((found[2] ?? '').padEnd(9, '0'));
}
