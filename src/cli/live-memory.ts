import { createHash } from 'node:crypto';
import path from 'node:path';
import { readMemory, writeFileAtomic } from '../state/atomic-file.ts';
import { isFileFailure } from '../state/file-failure.ts';
import { cacheDirectory } from '../state/paths.ts';

/** What live sessions have brought to the containers of a project on a device, and its images do not have. */
export interface LiveMemory extends AsyncDisposable {
  find(service: string): readonly string[];
  /** Written in the background; disposing waits for it. */
  keep(service: string, names: readonly string[]): void;
}

function parseStored(text: string | undefined): Record<string, string[]> {
  try {
    return JSON.parse(text ?? '{}') as Record<string, string[]>;
  } catch {
    return {};
  }
}

export async function openLiveMemory(directory: string, name: string, device: string): Promise<LiveMemory> {
  const key = createHash('sha256')
    .update(JSON.stringify([directory, name, device]))
    .digest('hex');
  const file = path.join(cacheDirectory(), 'live', `${key.slice(0, 32)}.json`);
  let written = await readMemory(file);
  const stored = parseStored(written);
  let writing = Promise.resolve();
  const write = async (): Promise<void> => {
    const text = JSON.stringify(stored);
    if (text === (written ?? '{}')) return;
    written = text;
    try {
      await writeFileAtomic(file, text);
    } catch (error) {
      // Without it a later session misses what is deleted until then.
      if (!isFileFailure(error)) throw error;
    }
  };
  return {
    find: service => stored[service] ?? [],
    keep(service, names) {
      stored[service] = [...names].sort();
      writing = writing.then(write);
    },
    [Symbol.asyncDispose]: () => writing,
  };
}
