/** Bytes of one piece: what one packet of SSH carries (RFC 4253 §6.1 has servers accept that much). */
const pieceBytes = 32 * 1024;

/**
 * Yields the bytes of `source` in pieces of 32 KiB. An archive of small files comes in pieces of a few hundred bytes, and sshd
 * needs a turn of its loop for each packet, so that its answer to a keep-alive request is late for a minute.
 */
export async function* inLargePieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const part of source) {
    held.push(part);
    heldBytes += part.length;
    if (heldBytes < pieceBytes) continue;
    yield Buffer.concat(held);
    held = [];
    heldBytes = 0;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}
