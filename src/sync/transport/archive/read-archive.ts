import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import path from 'node:path';
import { OsError } from '../../../core/errors.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { Found } from '../transport.ts';

/** More archives than this take longer than writing everything again. */
const fewArchives = 20;

/** Returns the fewest directories that hold `paths`; a path at the root stands for itself. */
function rootsOf(paths: readonly string[]): string[] {
  const parents = new Set(paths.map(it => (path.posix.dirname(it) === '/' ? it : path.posix.dirname(it))));
  const isBelow = (it: string): boolean => [...parents].some(other => it.startsWith(`${other}/`));
  return [...parents].filter(it => !isBelow(it));
}

/** Returns what a container has at `paths`, whether it runs or not, by reading a tar of each directory. */
export async function readArchives(
  engine: Engine,
  id: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const roots = rootsOf(paths);
  const found = new Map<string, Found>();
  if (roots.length <= fewArchives) for (const root of roots) await readInto(engine, id, root, found, signal);
  return paths.map(it => found.get(it) ?? 'nothing');
}

async function readInto(
  engine: Engine,
  id: string,
  root: string,
  found: Map<string, Found>,
  signal: AbortSignal,
): Promise<void> {
  const { extract: openExtract } = (await import('tar-stream')).default;
  let tar: Readable;
  try {
    tar = await engine.getArchive(id, root, signal);
  } catch (error) {
    if (error instanceof OsError && error.code === 'engine-missing') return;
    throw error;
  }
  const extract = openExtract();
  tar.on('error', error => extract.destroy(error)).pipe(extract);
  const parent = path.posix.dirname(root);
  for await (const entry of extract) {
    const { header } = entry;
    const at = path.posix.join(parent, header.name.replace(/\/$/, ''));
    const hash = createHash('sha256');
    for await (const chunk of entry) hash.update(chunk as Buffer);
    if (header.type === 'directory') found.set(at, { kind: 'directory' });
    else if (header.type === 'symlink') found.set(at, { kind: 'symlink', target: header.linkname });
    else if (header.type === 'file')
      found.set(at, {
        kind: 'file',
        sizeBytes: header.size,
        sha256: hash.digest('hex'),
        isExecutable: (header.mode & 0o100) !== 0,
      });
    else found.set(at, 'other');
  }
}

/** Returns a file's content, whether the container runs or not; undefined if it is no file. Throws OsError `engine-missing`. */
export async function readArchiveFile(
  engine: Pick<Engine, 'getArchive'>,
  id: string,
  file: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const { extract: openExtract } = (await import('tar-stream')).default;
  const tar = await engine.getArchive(id, file, signal);
  const extract = openExtract();
  tar.on('error', error => extract.destroy(error)).pipe(extract);
  let content: Buffer | undefined;
  for await (const entry of extract) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.type === 'file') content ??= Buffer.concat(chunks);
  }
  return content;
}
