/** Just enough of DNS messages (RFC 1035 §4) to see a device announce itself; os scan has its own, complete way. */

const typePtr = 12;

function encodeName(name: string): Buffer {
  const labels = name.split('.').map(label => Buffer.from(label));
  return Buffer.concat([...labels.flatMap(label => [Buffer.of(label.length), label]), Buffer.of(0)]);
}

/** A query for the PTR records of `names`. */
export function encodePtrQuery(names: readonly string[]): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(names.length, 4);
  const questions = names.flatMap(name => [encodeName(name), Buffer.of(0, typePtr, 0, 1)]);
  return Buffer.concat([header, ...questions]);
}

/** A name and the offset behind it. Throws RangeError on a truncated or looping message. */
function readName(message: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let offset = start;
  let end: number | undefined;
  for (let jumps = 0; jumps < 64;) {
    const length = message.readUInt8(offset);
    if (length === 0) return { name: labels.join('.'), end: end ?? offset + 1 };
    if (length < 0xc0) {
      labels.push(message.toString('utf8', offset + 1, offset + 1 + length));
      offset += 1 + length;
    } else {
      end ??= offset + 2;
      offset = message.readUInt16BE(offset) & 0x3fff;
      jumps++;
    }
  }
  throw new RangeError('compression loop');
}

/**
 * Returns the PTR answers in a message: owner name → target. A malformed message returns the answers before the fault.
 */
export function parsePtrAnswers(message: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  try {
    let offset = 12;
    for (let i = message.readUInt16BE(4); i > 0; i--) offset = readName(message, offset).end + 4;
    for (let i = message.readUInt16BE(6); i > 0; i--) {
      const owner = readName(message, offset);
      const length = message.readUInt16BE(owner.end + 8);
      if (message.readUInt16BE(owner.end) === typePtr)
        found.set(owner.name.toLowerCase(), readName(message, owner.end + 10).name);
      offset = owner.end + 10 + length;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return found;
}
