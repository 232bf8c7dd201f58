/** HostFiles in memory, as strict as the port's contract: a path that is not absolute and normalised throws. */
import path from 'node:path';
import { OsError } from '../../src/core/errors.ts';
import type { HostEntry, HostFiles, HostStat } from '../../src/host/host-files.ts';
import { changedMeanwhile, maxHostFileBytes } from '../../src/host/host-files.ts';

interface MemoryFile {
  readonly content: Buffer;
  readonly mode: number;
  readonly modifiedMs: number;
}

export interface MemoryHostFiles extends HostFiles {
  /** Every operation in order, as `write /mnt/boot/config.json`. */
  readonly operations: readonly string[];
  /** The files that exist, as text. */
  texts(): Record<string, string>;
  /** Makes every write and removal below `directory` fail with `error`. */
  refuseWritesBelow(directory: string, error: OsError): void;
}

const isBelow = (file: string, directory: string): boolean =>
  directory === '/' ? file !== '/' : file.startsWith(`${directory}/`);

const byName = (a: HostEntry, b: HostEntry): number =>
  Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));

/** A device's files that begin with `texts`: absolute path → content. */
export function memoryHostFiles(
  texts: Readonly<Record<string, string | Uint8Array>> = {},
  options: { readonly nowMs?: () => number } = {},
): MemoryHostFiles {
  const nowMs = options.nowMs ?? (() => 0);
  const files = new Map<string, MemoryFile>();
  const operations: string[] = [];
  const refusals: { readonly directory: string; readonly error: OsError }[] = [];

  const checkPath = (file: string): void => {
    if (!file.startsWith('/') || path.posix.normalize(file) !== file || (file !== '/' && file.endsWith('/')))
      throw new TypeError(`not an absolute, normalised path: ${file}`);
  };
  const begin = (operation: string, file: string, signal: AbortSignal | undefined): void => {
    checkPath(file);
    signal?.throwIfAborted();
    operations.push(`${operation} ${file}`);
  };
  const isDirectory = (file: string): boolean => [...files.keys()].some(name => isBelow(name, file));
  const refuseWrite = (file: string): void => {
    const refusal = refusals.find(({ directory }) => isBelow(file, directory));
    if (refusal !== undefined) throw refusal.error;
  };
  const refuse = (file: string, why: string): never => {
    throw new OsError('host-refused', `cannot use ${file}: ${why}`);
  };

  for (const [file, content] of Object.entries(texts)) {
    checkPath(file);
    files.set(file, { content: Buffer.from(content), mode: 0o644, modifiedMs: nowMs() });
  }

  const find = (file: string): HostStat | undefined => {
    const found = files.get(file);
    if (found !== undefined)
      return {
        kind: 'file',
        sizeBytes: found.content.length,
        mode: found.mode,
        modifiedMs: found.modifiedMs,
      };
    return isDirectory(file)
      ? { kind: 'directory', sizeBytes: 0, mode: 0o755, modifiedMs: nowMs() }
      : undefined;
  };

  /* eslint-disable @typescript-eslint/require-await -- async turns what these throw into rejections */
  return {
    operations,
    texts: () =>
      Object.fromEntries([...files].map(([file, { content }]) => [file, content.toString('utf8')])),
    refuseWritesBelow: (directory, error) => void refusals.push({ directory, error }),
    async read(file, { signal } = {}) {
      begin('read', file, signal);
      const found = files.get(file);
      if (found === undefined) return isDirectory(file) ? refuse(file, 'it is a directory') : undefined;
      if (found.content.length > maxHostFileBytes) refuse(file, 'it is too large');
      return Buffer.from(found.content);
    },
    async writeAtomically(file, content, { mode, signal, replaces }) {
      begin('write', file, signal);
      refuseWrite(file);
      if (isDirectory(file)) refuse(file, 'it is a directory');
      const parent = [...files.keys()].find(name => isBelow(file, name));
      if (parent !== undefined) refuse(file, `${parent} is not a directory`);
      if (replaces !== undefined && files.get(file)?.content.equals(replaces) !== true)
        throw changedMeanwhile(file);
      files.set(file, { content: Buffer.from(content), mode, modifiedMs: nowMs() });
    },
    async list(directory, { signal } = {}) {
      begin('list', directory, signal);
      if (files.has(directory)) refuse(directory, 'it is not a directory');
      const prefix = directory === '/' ? '/' : `${directory}/`;
      const names = new Set(
        [...files.keys()]
          .filter(name => name.startsWith(prefix))
          .map(name => name.slice(prefix.length).split('/', 1)[0] ?? ''),
      );
      return [...names]
        .map((name): HostEntry => {
          const { kind, sizeBytes } = find(prefix + name) ?? { kind: 'other' as const, sizeBytes: 0 };
          return { name, kind, sizeBytes };
        })
        .sort(byName);
    },
    async remove(file, { signal } = {}) {
      begin('remove', file, signal);
      refuseWrite(file);
      if (isDirectory(file)) refuse(file, 'it is a directory');
      return files.delete(file);
    },
    async stat(file, { signal } = {}) {
      begin('stat', file, signal);
      return find(file);
    },
  };
  /* eslint-enable @typescript-eslint/require-await */
}
