import { createHash } from 'node:crypto';
import path from 'node:path';
import type { BuildMemory } from '../release/build-memory.ts';
import type { RememberedBuild, RememberedContext } from '../release/desired.ts';
import { readMemory, writeFileAtomic } from '../state/atomic-file.ts';
import { isFileFailure } from '../state/file-failure.ts';
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

/** `[path, nameLength, sizeBytes, mtimeMs, …]`, as digestContext makes keys. */
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
  const stored = parseStored(await readMemory(file));
  const digests: Record<string, string> = {};
  let isNew = false;
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
      if (!isSettled(entry, openedMs)) return;
      digests[entry] = digest;
      isNew = true;
    },
    findContext(service): RememberedContext | undefined {
      const found = stored.contexts[service];
      if (found === undefined) return undefined;
      // Only what changed is explained with them.
      return {
        context: found.context,
        get entries() {
          return new Map(found.entries);
        },
      };
    },
    keepContext(service, { context, entries }) {
      if (contexts[service]?.context === context) return;
      contexts[service] = { context, entries: [...entries] };
      isNew = true;
    },
    findBuild: service => stored.builds[service],
    keepBuild(service, build) {
      builds[service] = build;
      isNew = true;
    },
    async save() {
      const isForgotten = Object.keys(digests).length < Object.keys(stored.digests).length;
      if (!isNew && !isForgotten) return;
      try {
        await writeFileAtomic(file, JSON.stringify({ digests, contexts, builds }));
      } catch (error) {
        // A cache that cannot be written costs time, not the push.
        if (!isFileFailure(error)) throw error;
      }
    },
  };
}
