import { createHash } from 'node:crypto';
import { errnoOf } from '../../core/errors.ts';
import { readBytesIfPresent } from '../../state/atomic-file.ts';

/** Returns undefined for a file that exists and can't be read. */
async function digestOf(file: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update((await readBytesIfPresent(file)) ?? '')
      .digest('hex');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Compares files by content: a file that is only touched, or unreadable for a while, has not changed. */
export class ChangedFiles {
  readonly #digests = new Map<string, string | undefined>();

  /** Remembers the content of `files` for later comparisons. */
  async read(files: readonly string[]): Promise<void> {
    for (const file of files) this.#digests.set(file, await digestOf(file));
  }

  /** Returns those of `files` whose content differs from the one read last. */
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
