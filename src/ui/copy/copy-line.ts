import type { CopyProgress } from '../../copy/copy.ts';
import type { Output } from '../output.ts';
import { renderProgress } from './copy-progress.ts';

const frameMs = 120;

/** A line of progress below everything else, where a person watches. Disposing takes it away. */
export function openCopyLine(output: Output): Disposable & { readonly update: (it: CopyProgress) => void } {
  const startMs = performance.now();
  let drawnMs = startMs;
  return {
    update(progress) {
      const nowMs = performance.now();
      if (!output.isTalkTty || output.isQuiet || nowMs - drawnMs < frameMs) return;
      drawnMs = nowMs;
      output.showBelow([renderProgress(progress, nowMs - startMs, output.columns())]);
    },
    [Symbol.dispose]() {
      if (drawnMs !== startMs) output.showBelow([]);
    },
  };
}
