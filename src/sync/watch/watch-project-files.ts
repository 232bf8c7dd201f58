import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { Project } from '../../project/project.ts';
import { readFileIfPresent } from '../../state/atomic-file.ts';
import { Batcher } from './batcher.ts';
import { openWatcher } from './open-watcher.ts';

const digestOf = async (file: string): Promise<string> =>
  createHash('sha256')
    .update((await readFileIfPresent(file)) ?? '')
    .digest('hex');

/** Calls `onChange` with a cause when what a project is read from changes: its compose files, its `.env`. */
export async function watchProjectFiles(
  { directory, files: read }: Project,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  onChange: (cause: string) => void,
): Promise<void> {
  const batcher = new Batcher<string>(clock);
  const files = [
    ...new Set([...read.map(({ file }) => path.resolve(directory, file)), path.join(directory, '.env')]),
  ];
  if (read.length === 0) return;
  const digests = new Map<string, string>();
  for (const file of files) digests.set(file, await digestOf(file));
  await using _watcher = await openWatcher(directory, {
    files,
    isIgnored: () => true,
    onChange: name => batcher.add(name),
    onWarning: () => undefined,
  });
  for (;;) {
    const { items } = await batcher.next(signal);
    for (const file of files.filter(it => items.has(it))) {
      const digest = await digestOf(file);
      if (digest === digests.get(file)) continue;
      digests.set(file, digest);
      onChange(`${path.relative(directory, file)} decides what runs`);
    }
  }
}
