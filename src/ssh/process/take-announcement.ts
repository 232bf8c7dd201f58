import { Transform, type Readable, type TransformCallback } from 'node:stream';

/** An output of a command without the announcement, and the announcement. */
export interface AnnouncedStream<Identity> {
  readonly output: Readable;
  /** undefined once the stream has ended without an announcement that can be believed. */
  readonly identity: Promise<Identity | undefined>;
}

export interface AnnouncementForm<Identity> {
  /** Stands before, after and inside of the line. */
  readonly nonce: string;
  /** End of the line; a terminal turns LF into CR LF. Default: LF. */
  readonly lineEnd?: '\n' | '\r\n';
  /** Reads the line, from its first nonce on and without the last one. */
  readonly parse: (line: string, nonce: string) => Identity | undefined;
}

/** Returns the length of the end of `bytes` that may be the beginning of `mark`. */
function heldLength(bytes: Buffer, mark: Buffer): number {
  for (let length = Math.min(mark.length - 1, bytes.length); length > 0; length--)
    if (bytes.subarray(-length).equals(mark.subarray(0, length))) return length;
  return 0;
}

/**
 * Takes the line by which a command announces itself out of `source`, wherever it stands: the login shell's own start-up
 * files may print something before it. All other bytes pass as they come.
 */
export function takeAnnouncement<Identity>(
  source: Readable,
  { nonce, lineEnd = '\n', parse }: AnnouncementForm<Identity>,
): AnnouncedStream<Identity> {
  const mark = Buffer.from(nonce);
  const end = Buffer.from(`${nonce}${lineEnd}`);
  let held: Buffer = Buffer.alloc(0);
  let isTaken = false;
  let settle: (identity: Identity | undefined) => void;
  const identity = new Promise<Identity | undefined>(resolve => (settle = resolve));

  /** Returns the part of `bytes` that is the command's own; the rest is buffered until more arrives. */
  const take = (bytes: Buffer): Buffer => {
    const from = bytes.indexOf(mark);
    if (from === -1) {
      const length = heldLength(bytes, mark);
      held = bytes.subarray(bytes.length - length);
      return bytes.subarray(0, bytes.length - length);
    }
    const last = bytes.indexOf(end, from);
    if (last === -1) {
      held = bytes.subarray(from);
      return bytes.subarray(0, from);
    }
    isTaken = true;
    settle(parse(bytes.subarray(from, last).toString('latin1'), nonce));
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(last + end.length)]);
  };

  const filter = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      if (isTaken) done(null, chunk);
      else {
        const bytes = Buffer.concat([held, chunk]);
        held = Buffer.alloc(0);
        done(null, take(bytes));
      }
    },
    flush(done: TransformCallback) {
      if (!isTaken) settle(undefined);
      done(null, isTaken ? undefined : held);
    },
  });
  return { output: source.pipe(filter), identity };
}
