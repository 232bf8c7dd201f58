import type { TerminalSize } from '../../engine/engine.ts';

/**
 * Returns a function that resizes a terminal by `resize`, one request after the other: an engine may carry out two at once in either
 * order. Of the sizes that come meanwhile, only the last one is sent. A request that fails is dropped, as the terminal has ended.
 */
export function resizeInTurn(resize: (size: TerminalSize) => Promise<void>): (size: TerminalSize) => void {
  let next: TerminalSize | undefined;
  let sending: Promise<void> | undefined;
  const send = async (): Promise<void> => {
    while (next !== undefined) {
      const size = next;
      next = undefined;
      await resize(size).catch(() => undefined);
    }
    sending = undefined;
  };
  return size => {
    next = size;
    sending ??= send();
  };
}
