import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const everyBytes = 8 * 1024 * 1024;

/** Returns Node's `gc`, as --expose-gc gives it, limited to the young generation, which takes a millisecond. */
function exposeCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as ((options: { readonly type: 'minor' }) => void) | undefined;
  // V8 takes compiled code for that of another program where the flags differ.
  setFlagsFromString('--no-expose-gc');
  return () => collect?.({ type: 'minor' });
}

/**
 * Returns a function to be called with every chunk that passes. Buffers lie outside of the heap, so that V8 lets tens
 * of megabytes of garbage gather before it collects; the function triggers a collection from time to time.
 */
export function openBufferCollector(): (chunk: Pick<Buffer, 'length'>) => void {
  let collect: (() => void) | undefined;
  let passedBytes = 0;
  return chunk => {
    passedBytes += chunk.length;
    if (passedBytes < everyBytes) return;
    passedBytes = 0;
    collect ??= exposeCollector();
    collect();
  };
}
