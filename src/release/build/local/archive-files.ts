/** The files of an archive by name, and JSON documents among them. What an archive says is checked before it is believed. */
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { readPart, readTarMembers, unreadable, type Part } from './tar-members.ts';

export interface ArchiveFiles {
  /** Undefined if the archive has no such file; links are followed once. */
  find(name: string): Part | undefined;
  /** The content of a small file. Throws OsError `host-unsuitable` where it is missing or too large. */
  read(name: string): Promise<Buffer>;
}

export async function indexArchive(file: FileHandle): Promise<ArchiveFiles> {
  const { size } = await file.stat();
  const files = new Map<string, Part>();
  const links = new Map<string, string>();
  for await (const { name, flag, target, content } of readTarMembers(file, { offset: 0, sizeBytes: size })) {
    if (flag === '0') files.set(name, content);
    if (flag === '1') links.set(name, target);
    if (flag === '2') links.set(name, path.posix.join(path.posix.dirname(name), target));
  }
  const find: ArchiveFiles['find'] = name => {
    const normal = path.posix.normalize(name);
    return files.get(normal) ?? files.get(path.posix.normalize(links.get(normal) ?? ''));
  };
  return {
    find,
    read(name) {
      const part = find(name);
      if (part === undefined) throw unreadable(`it has no ${name}`);
      return readPart(file, part);
    },
  };
}

/** Parses a document of the archive, `name` in messages. Throws OsError `host-unsuitable` where it is none. */
export function parseDocument(name: string, content: Buffer): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content.toString());
  } catch {
    throw unreadable(`${name} is not JSON`);
  }
  if (typeof parsed !== 'object' || parsed === null) throw unreadable(`${name} has an unknown form`);
  return parsed;
}
