/** Facts that this machine remembers about a project on one device: one file in the user's cache directory. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../../../core/errors.ts';
import { fieldAt, jsonOf, recordOf } from '../../../net/json-fields.ts';
import type { BuildMemory, RememberedBuild, SentImage } from '../../../release/build/build-memory.ts';
import type { PendingEffects } from '../../../sync/container/pending-effects.ts';
import { readMemory, writeFileAtomic } from '../../../state/atomic-file.ts';
import { isFileFailure } from '../../../state/file-failure.ts';
import { openLock } from '../../../state/lock.ts';
import { cacheDirectory } from '../../../state/paths.ts';

interface Stored {
  readonly digests: Readonly<Record<string, string>>;
  readonly contexts: Readonly<Record<string, StoredContext>>;
  readonly builds: Readonly<Record<string, RememberedBuild>>;
  /** Images of builds on this machine. */
  readonly sent: Readonly<Record<string, SentImage>>;
  /** By service: names that live sessions synced and that its image lacks. */
  readonly synced: Readonly<Record<string, readonly string[]>>;
  /** By service: effects that a live session did not carry out before it ended. */
  readonly pending: Readonly<Record<string, PendingEffects | undefined>>;
}

interface StoredContext {
  readonly context: string;
  readonly entries: readonly (readonly [string, string])[];
}

export interface ProjectMemory extends BuildMemory {
  findSynced(service: string): readonly string[];
  /** Written in the background; `save` waits for it. */
  keepSynced(service: string, names: readonly string[]): void;
  findPending(service: string): PendingEffects | undefined;
  /** Written as `keepSynced` does. */
  keepPending(service: string, pending: PendingEffects | undefined): void;
  /** Writes new facts. Drops digests that were not read since opening. */
  save(): Promise<void>;
}

export interface MemoryKey {
  readonly directory: string;
  readonly project: string;
  /** The engine's own id: a device keeps it when its address changes. */
  readonly engineId: string;
  /** Earlier releases kept their files by address. */
  readonly address: string;
}

/** Text that another release wrote, or that was cut off, counts as nothing. */
function parseStored(text: string | undefined): Stored {
  const stored = jsonOf(text ?? '');
  return {
    digests: recordOf(fieldAt(stored, 'digests')),
    contexts: recordOf(fieldAt(stored, 'contexts')),
    builds: recordOf(fieldAt(stored, 'builds')),
    sent: recordOf(fieldAt(stored, 'sent')),
    synced: recordOf(fieldAt(stored, 'synced')),
    pending: recordOf(fieldAt(stored, 'pending')),
  };
}

const fileOf = (folder: string, ...key: readonly string[]): string => {
  const name = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32);
  return path.join(cacheDirectory(), folder, `${name}.json`);
};

/**
 * Reads the file; if there is none, the one that an earlier release stored by the device's address, which is then
 * removed.
 */
async function readStored(file: string, { directory, project, address }: MemoryKey): Promise<Stored> {
  const text = await readMemory(file);
  if (text !== undefined) return parseStored(text);
  const [push, live] = [
    fileOf('push', directory, project, address),
    fileOf('live', directory, project, address),
  ];
  const [pushed, synced] = await Promise.all([readMemory(push), readMemory(live)]);
  if (pushed === undefined && synced === undefined) return parseStored(undefined);
  const stored = { ...parseStored(pushed), synced: recordOf<readonly string[]>(jsonOf(synced ?? '')) };
  await unlessUnwritable(async () => {
    await writeFileAtomic(file, JSON.stringify(stored));
    await Promise.all([rm(push, { force: true }), rm(live, { force: true })]);
  });
  return stored;
}

/** Without its memory a push takes longer, and a live session may miss a deletion; neither fails. */
async function unlessUnwritable(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const isBusy = error instanceof OsError && error.code === 'busy';
    if (!isBusy && !isFileFailure(error)) throw error;
  }
}

/** The time that another process may take to write the same file. */
const lockWaitMs = 2000;

export async function openProjectMemory(key: MemoryKey): Promise<ProjectMemory> {
  const file = fileOf('projects', key.directory, key.project, key.engineId);
  const stored = await readStored(file, key);
  const digests: Record<string, string> = {};
  const contexts: Record<string, StoredContext> = {};
  const builds: Record<string, RememberedBuild> = {};
  const sent: Record<string, SentImage> = {};
  const synced: Record<string, readonly string[]> = {};
  const pending: Record<string, PendingEffects | undefined> = {};
  let hasNewDigests = false;
  let writing = Promise.resolve();
  let written = '';
  /** Other processes write other parts of the file: only new facts are replaced. */
  const update = (hasDigests: boolean): Promise<void> =>
    unlessUnwritable(async () => {
      await using _lock = await openLock(`${file}.lock`, { what: 'this project', waitMs: lockWaitMs });
      const current = parseStored(await readMemory(file));
      const text = JSON.stringify({
        digests: hasDigests ? digests : current.digests,
        contexts: { ...current.contexts, ...contexts },
        builds: { ...current.builds, ...builds },
        sent: { ...current.sent, ...sent },
        synced: { ...current.synced, ...synced },
        pending: { ...current.pending, ...pending },
      } satisfies Stored);
      if (text === written) return;
      await writeFileAtomic(file, text);
      written = text;
    });
  return {
    get(entry) {
      const digest = stored.digests[entry];
      if (digest !== undefined) digests[entry] = digest;
      return digest;
    },
    set(entry, digest) {
      digests[entry] = digest;
      hasNewDigests = true;
    },
    findContext(service) {
      const found = contexts[service] ?? stored.contexts[service];
      if (found === undefined) return undefined;
      return {
        context: found.context,
        // Converted to a map only if changes are explained.
        get entries() {
          return new Map(found.entries);
        },
      };
    },
    keepContext(service, { context, entries }) {
      if ((contexts[service] ?? stored.contexts[service])?.context === context) return;
      contexts[service] = { context, entries: [...entries] };
    },
    findBuild: service => builds[service] ?? stored.builds[service],
    keepBuild(service, build) {
      builds[service] = build;
    },
    findSent: service => sent[service] ?? stored.sent[service],
    keepSent(service, image) {
      sent[service] = image;
    },
    findSynced: service => synced[service] ?? stored.synced[service] ?? [],
    keepSynced(service, names) {
      const sorted = [...names].sort();
      const before = synced[service] ?? stored.synced[service] ?? [];
      synced[service] = sorted;
      if (JSON.stringify(before) !== JSON.stringify(sorted)) writing = writing.then(() => update(false));
    },
    findPending: service => (service in pending ? pending : stored.pending)[service],
    keepPending(service, left) {
      const before = (service in pending ? pending : stored.pending)[service];
      pending[service] = left;
      if (JSON.stringify(before) !== JSON.stringify(left)) writing = writing.then(() => update(false));
    },
    async save() {
      const isForgotten = Object.keys(digests).length < Object.keys(stored.digests).length;
      const hasPushed = Object.keys({ ...contexts, ...builds, ...sent }).length > 0;
      if (hasNewDigests || isForgotten || hasPushed) writing = writing.then(() => update(true));
      await writing;
    },
  };
}
