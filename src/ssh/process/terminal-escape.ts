const tilde = 0x7e;
const dot = 0x2e;
const isLineEnd = (byte: number): boolean => byte === 0x0d || byte === 0x0a;

/**
 * OpenSSH's escape in typed bytes: `~.` at the start of a line hangs up, `~~` there is one `~`. A pending `~` is held
 * back until the next byte. Returns a function from typed bytes to bytes to send, which calls `onHangUp` on `~.`.
 */
export function terminalEscape(onHangUp: () => void): (typed: Buffer) => Buffer {
  let isAtLineStart = true;
  let isHolding = false;
  return typed => {
    const sent: number[] = [];
    for (const byte of typed) {
      if (isHolding) {
        isHolding = false;
        if (byte === dot) {
          onHangUp();
          break;
        }
        sent.push(tilde);
        isAtLineStart = false;
        if (byte === tilde) continue;
      } else if (isAtLineStart && byte === tilde) {
        isHolding = true;
        continue;
      }
      sent.push(byte);
      isAtLineStart = isLineEnd(byte);
    }
    return Buffer.from(sent);
  };
}
