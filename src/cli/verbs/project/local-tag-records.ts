/** The names of images that `os` has made on this machine's Docker: one file in the user's state directory. */
import path from 'node:path';
import type { LocalTag, LocalTagRecords, TagOwner } from '../../../release/build/local/local-tags.ts';
import { jsonOf, recordOf } from '../../../net/json-fields.ts';
import { readMemory, writeFileAtomic } from '../../../state/atomic-file.ts';
import { openLock } from '../../../state/lock.ts';
import { stateDirectory } from '../../../state/paths.ts';

type Stored = Readonly<Record<string, readonly LocalTag[]>>;

/** The time that another process may take to write the same file. */
const lockWaitMs = 2000;

/** Text that another release wrote, or that was cut off, counts as nothing: then no name is removed. */
const parseStored = (text: string | undefined): Stored => recordOf(jsonOf(text ?? ''));

const keyOf = ({ project, service, device }: TagOwner): string => JSON.stringify([project, service, device]);

export function openLocalTagRecords(): LocalTagRecords {
  const file = path.join(stateDirectory(), 'local-images.json');
  return {
    async find(owner) {
      return parseStored(await readMemory(file))[keyOf(owner)] ?? [];
    },
    async keep(owner, tags) {
      await using _lock = await openLock(`${file}.lock`, {
        what: 'the images of this machine',
        waitMs: lockWaitMs,
      });
      const stored = parseStored(await readMemory(file));
      await writeFileAtomic(file, JSON.stringify({ ...stored, [keyOf(owner)]: tags }));
    },
  };
}
