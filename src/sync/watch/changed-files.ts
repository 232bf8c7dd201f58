import { createHash } from 'node:crypto';
import { errnoOf } from '../../core/errors.ts';
import { readFileIfPresent } from '../../state/atomic-file.ts';

/** Undefined where it is there and can't be read. */
async function digestOf(file: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update((await readFileIfPresent(file)) ?? '')
      .digest('hex');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Files by what they hold, so that one that is only touched has not changed, nor one that can't be read for a while. */
export class ChangedFiles {
  readonly #digests = new Map<string, string | undefined>();

  /** What they hold now is what later looks are compared with. */
  async read(files: readonly string[]): Promise<void> {
    for (const file of files) this.#digests.set(file, await digestOf(file));
  }

  /** Those of `files` that hold something else than when they were looked at last. */
  async refresh(files: readonly string[]): Promise<string[]> {
    const changed: string[] = [];
    for (const file of files) {
      const digest = await digestOf(file);
      if (digest === undefined || digest === this.#digests.get(file)) continue;
      changed.push(file);
      this.#digests.set(file, digest);
    }
    return changed;
  }
}
