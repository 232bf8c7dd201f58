/**
 * A short cut for the bytes of a copy into a running container: the engine's archive, which unpacks into a directory that the
 * copy's own script has made and takes everything from. Through the program's input each byte passes the pipes of the container's
 * shim and the container's tar, whose blocks are small.
 */
import { Readable } from 'node:stream';
import { OsError } from '../core/errors.ts';
import { onAbort } from '../core/on-abort.ts';
import type { Engine } from '../engine/engine.ts';
import { endOfTar } from './archive/write-header.ts';
import type { WriteRequest } from './far-files.ts';

export interface DirectArchive {
  /** True if what is put into `directory`, which has a name that nothing else has, is there for the container's programs. */
  reaches(directory: string, signal: AbortSignal): Promise<boolean>;
  /** Unpacks `tar` in `directory`. Throws OsError. */
  put(directory: string, tar: Readable, signal: AbortSignal): Promise<void>;
}

/** A call of the engine more costs as much as this many bytes through a program. */
const leastBytes = 32_000_000;
/** The engine takes twice as long for a file, and half as long for a byte: as measured, they are even at half of this size. */
const leastBytesOfFile = 128 * 1024;

export const isWorthArchive = ({ files, sizeBytes }: Pick<WriteRequest, 'files' | 'sizeBytes'>): boolean =>
  sizeBytes >= Math.max(leastBytes, files * leastBytesOfFile);

/** The archives of the container `id`. */
export function directArchive(engine: Pick<Engine, 'putTar'>, id: string): DirectArchive {
  return {
    async reaches(directory, signal) {
      try {
        // The engine refuses a directory on a tmpfs, which it does not see, and any in a container with a read-only root.
        await engine.putTar(id, directory, Readable.from([endOfTar]), signal);
        return true;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof OsError && error.code.startsWith('engine-')) return false;
        throw error;
      }
    },
    put: (directory, tar, signal) => engine.putTar(id, directory, tar, signal),
  };
}

/** A signal that also aborts when `work` settles first; disposing lets go of `signal`. */
export function untilSettled(
  signal: AbortSignal,
  work: Promise<unknown>,
): Disposable & { readonly signal: AbortSignal } {
  const stopping = new AbortController();
  const listening = onAbort(signal, () => stopping.abort(signal.reason));
  const stop = (): void => stopping.abort(new Error('the program has ended'));
  work.then(stop, stop);
  return { signal: stopping.signal, [Symbol.dispose]: () => listening[Symbol.dispose]() };
}
