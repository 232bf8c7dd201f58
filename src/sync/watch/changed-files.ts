import { createHash } from 'node:crypto';
import { readFileIfPresent } from '../../state/atomic-file.ts';

const digestOf = async (file: string): Promise<string> =>
  createHash('sha256')
    .update((await readFileIfPresent(file)) ?? '')
    .digest('hex');

/** Files by what they hold, so that one that is only touched has not changed. */
export class ChangedFiles {
  readonly #digests = new Map<string, string>();

  /** What they hold now is what later looks are compared with. */
  async read(files: readonly string[]): Promise<void> {
    for (const file of files) this.#digests.set(file, await digestOf(file));
  }

  /** Those of `files` that hold something else than when they were looked at last. */
  async refresh(files: readonly string[]): Promise<string[]> {
    const changed: string[] = [];
    for (const file of files) {
      const digest = await digestOf(file);
      if (digest !== this.#digests.get(file)) changed.push(file);
      this.#digests.set(file, digest);
    }
    return changed;
  }
}
