import { PassThrough, type Readable } from 'node:stream';

/** The same bytes; what breaks the stream is passed through `translate`. Destroying it destroys `stream`. */
export function withOwnErrors(stream: Readable, translate: (error: unknown) => unknown): Readable {
  const own = new PassThrough();
  stream.once('error', error => own.destroy(translate(error) as Error));
  own.once('close', () => stream.destroy());
  return stream.pipe(own);
}
