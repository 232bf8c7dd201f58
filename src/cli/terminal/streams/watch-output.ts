import { errnoOf, exitCodes } from '../../../core/errors.ts';

/** Errors of a pipe whose reader has closed, and of a closed terminal. */
const gone = new Set(['EPIPE', 'EIO']);

let isReported = false;

/**
 * Calls `onGone` when stdout or stderr cannot be written any more. A closed reader (`| head`, a closed terminal) is not
 * reported; any other failure, such as a full disk, is, and the exit status is that of a broken pipe.
 */
export function watchOutput(onGone: () => void = () => undefined): void {
  const onError = (error: Error): void => {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (!gone.has(errno) && !isReported) {
      isReported = true;
      process.exitCode ??= exitCodes['output-closed'];
      process.stderr.write(
        `os: cannot write the output: ${errno === 'ENOSPC' ? 'no space is left' : errno}\n`,
      );
    }
    onGone();
  };
  // The listeners stay attached: pending writes fail after a command has ended.
  process.stdout.on('error', onError);
  process.stderr.on('error', onError);
}
