import { errnoOf, exitCodes } from '../core/errors.ts';

/** Of a pipe that nobody reads, and a terminal that is closed. */
const gone = new Set(['EPIPE', 'EIO']);

let isTold = false;

/**
 * Calls `onGone` when stdout or stderr cannot be written any more. A reader that has gone (`| head`, a closed terminal)
 * needs no telling; anything else, as a full disk, is told, and makes the exit status that of a broken pipe.
 */
export function watchOutput(onGone: () => void = () => undefined): void {
  const onError = (error: Error): void => {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (!gone.has(errno) && !isTold) {
      isTold = true;
      process.exitCode ??= exitCodes['output-closed'];
      process.stderr.write(
        `os: cannot write the output: ${errno === 'ENOSPC' ? 'no space is left' : errno}\n`,
      );
    }
    onGone();
  };
  // They stay attached: what is still being written fails later than a command ends.
  process.stdout.on('error', onError);
  process.stderr.on('error', onError);
}
