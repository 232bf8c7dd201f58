import { createHash } from 'node:crypto';
import path from 'node:path';
import { errnoOf } from '../core/errors.ts';
import type { BuildMemory } from '../release/build-memory.ts';
import type { RememberedBuild, RememberedContext } from '../release/desired.ts';
import { readFileIfPresent, writeFileAtomic } from '../state/atomic-file.ts';
import { cacheDirectory } from '../state/paths.ts';

interface Stored {
  digests: Record<string, string>;
  contexts: Record<string, { context: string; entries: [string, string][] }>;
  builds: Record<string, RememberedBuild>;
}

/** What was written by another release of this program, or cut off, is as good as nothing. */
function parseStored(text: string | undefined): Stored {
  try {
    const { digests, contexts, builds } = JSON.parse(text ?? '{}') as Partial<Stored>;
    return { digests: digests ?? {}, contexts: contexts ?? {}, builds: builds ?? {} };
  } catch {
    return { digests: {}, contexts: {}, builds: {} };
  }
}

/** A file changed this short a time ago may change again without a trace in its time and size. */
const settledMs = 2000;

/** `[path, name, sizeBytes, mtimeMs, …]`, as digestContext makes keys. */
function isSettled(key: string, nowMs: number): boolean {
  const [, , , mtimeMs] = JSON.parse(key) as unknown[];
  return typeof mtimeMs === 'number' && mtimeMs < nowMs - settledMs;
}

export interface PushMemory extends BuildMemory {
  /** Writes what was learned; what was not asked for this time is forgotten. */
  save(): Promise<void>;
}

/** What earlier pushes of the project `name` in `directory` to `device` have left in the user's cache directory. */
export async function openPushMemory(directory: string, name: string, device: string): Promise<PushMemory> {
  const key = createHash('sha256')
    .update(JSON.stringify([directory, name, device]))
    .digest('hex');
  const file = path.join(cacheDirectory(), 'push', `${key.slice(0, 32)}.json`);
  const before = await readFileIfPresent(file);
  const stored = parseStored(before);
  const digests: Record<string, string> = {};
  const contexts = { ...stored.contexts };
  const builds = { ...stored.builds };
  const openedMs = Date.now();
  return {
    get(entry) {
      const digest = stored.digests[entry];
      if (digest !== undefined) digests[entry] = digest;
      return digest;
    },
    set(entry, digest) {
      if (isSettled(entry, openedMs)) digests[entry] = digest;
    },
    findContext(service): RememberedContext | undefined {
      const found = stored.contexts[service];
      return found && { context: found.context, entries: new Map(found.entries) };
    },
    keepContext(service, { context, entries }) {
      contexts[service] = { context, entries: [...entries] };
    },
    findBuild: service => stored.builds[service],
    keepBuild(service, build) {
      builds[service] = build;
    },
    async save() {
      const text = JSON.stringify({ digests, contexts, builds });
      if (text === before) return;
      try {
        await writeFileAtomic(file, text);
      } catch (error) {
        // A cache that cannot be written costs time, not the push.
        if (errnoOf(error) === undefined) throw error;
      }
    },
  };
}
