import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const everyBytes = 8 * 1024 * 1024;

/** Node's `gc` as --expose-gc gives it; only what is young, which takes a millisecond. */
function exposeCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as ((options: { type: 'minor' }) => void) | undefined;
  return () => collect?.({ type: 'minor' });
}

/**
 * What is to be told of every chunk that passes. Buffers lie outside of the heap, where V8 lets tens of megabytes of what
 * has passed gather before it looks; so it is made to look now and then.
 */
export function openBufferCollector(): (chunk: Buffer) => void {
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
