import { stat } from 'node:fs/promises';

/**
 * True if a pipe with a name is at `file`: reading one waits for a writer that may never come, and no signal ends that. A
 * pipe that a shell hands over as /dev/fd/63 has its writer. False if nothing is there.
 */
export const isNamedPipe = (file: string): Promise<boolean> =>
  stat(file).then(
    found => found.isFIFO() && !/^\/(?:dev|proc)\//.test(file),
    () => false,
  );
