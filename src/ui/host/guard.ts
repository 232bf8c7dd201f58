import type { GuardEvent } from '../../host/undo/guard-change.ts';
import { note, type Output } from '../output.ts';

/** Renders what a guarded change waits for. */
export const guardReporter =
  (output: Output) =>
  (event: GuardEvent): void => {
    switch (event.type) {
      case 'armed':
        note(output, `the device undoes this in ${event.afterS.toString()} s unless it is reached again`);
        break;
      case 'unreachable':
        note(output, `the device is not reached; it undoes the change in ${event.undoneInS.toString()} s`);
        break;
      case 'undone':
        note(output, 'the change failed half-way; the device has undone it: everything is as before');
        break;
      case 'failed':
        note(output, 'the change failed half-way, and the device could not undo all of it');
        break;
      case 'pending':
        note(output, `the change failed half-way; the device undoes it in ${event.undoneInS.toString()} s`);
    }
  };
