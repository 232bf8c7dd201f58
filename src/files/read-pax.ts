/**
 * Reads the records of a pax header, `30 path=…\n` each (POSIX.1-2017, pax, "Extended Header"). Values are byte for byte: one
 * character of `latin1` a byte. undefined for a damaged header.
 */
export function readPax(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  const text = bytes.toString('latin1');
  for (let at = 0; at < text.length;) {
    const [, length] = /^(\d{1,7}) /.exec(text.slice(at, at + 8)) ?? [];
    const end = at + Number(length);
    const record = length === undefined ? '' : text.slice(at + length.length + 1, end);
    const equals = record.indexOf('=');
    if (equals < 1 || !record.endsWith('\n') || end > text.length) return undefined;
    records.set(record.slice(0, equals), record.slice(equals + 1, -1));
    at = end;
  }
  return records;
}
