/** The boot logo on the boot partition. The OS's own logo is kept beside it, so that it can be restored. */
import { OsError } from '../../core/errors.ts';
import type { HostFiles } from '../host-files.ts';
import { inspectPng, type PngFacts } from './png.ts';

const directory = '/mnt/boot/splash';
/** Names from 2.53.0 on, and before. */
const names = ['balena-logo.png', 'resin-logo.png'] as const;
const original = `${directory}/os-original.png`;
/** Says that there was no logo before the first one that was set. */
const originalAbsent = `${directory}/os-original.none`;
const mode = 0o644;

export interface Splash {
  readonly path: string;
  /** Null if there is no logo, or no usable one. */
  readonly facts: PngFacts | null;
  /** True if the OS's own logo was replaced and is kept. */
  readonly isReplaced: boolean;
}

/** True for an OS that calls the file by the older name. */
function isOld(version: string | undefined): boolean {
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)\./.exec(version ?? '') ?? [];
  return Number(major) === 2 && Number(minor) < 53;
}

/** The file that exists; if neither does, the one that an OS of this version reads. */
async function findPath(
  files: HostFiles,
  osVersion: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const found = (await files.list(directory, { signal })).map(({ name }) => name);
  const name = names.find(it => found.includes(it)) ?? names[isOld(osVersion) ? 1 : 0];
  return `${directory}/${name}`;
}

function factsOf(content: Buffer | undefined): PngFacts | null {
  if (content === undefined) return null;
  try {
    return inspectPng(content);
  } catch (error) {
    if (error instanceof OsError) return null;
    throw error;
  }
}

export async function readSplash(
  files: HostFiles,
  osVersion: string | undefined,
  signal: AbortSignal,
): Promise<Splash> {
  const path = await findPath(files, osVersion, signal);
  const [content, kept, absent] = await Promise.all(
    [path, original, originalAbsent].map(file => files.read(file, { signal })),
  );
  return { path, facts: factsOf(content), isReplaced: kept !== undefined || absent !== undefined };
}

/** The bytes of the logo that the device shows; undefined if there is none. */
export const readLogo = async (
  files: HostFiles,
  osVersion: string | undefined,
  signal: AbortSignal,
): Promise<Buffer | undefined> => files.read(await findPath(files, osVersion, signal), { signal });

/** Replaces the logo. Throws OsError `config-invalid` for a picture that would not be shown; then nothing is written. */
export async function setSplash(
  files: HostFiles,
  picture: Buffer,
  osVersion: string | undefined,
  signal: AbortSignal,
): Promise<Splash> {
  const facts = inspectPng(picture);
  const before = await readSplash(files, osVersion, signal);
  if (!before.isReplaced) {
    const content = await files.read(before.path, { signal });
    if (content === undefined) await files.writeAtomically(originalAbsent, Buffer.alloc(0), { mode, signal });
    else await files.writeAtomically(original, content, { mode, signal });
  }
  await files.writeAtomically(before.path, picture, { mode, signal });
  return { path: before.path, facts, isReplaced: true };
}

/** Restores the OS's own logo. Throws OsError `usage` if it was never replaced. */
export async function resetSplash(
  files: HostFiles,
  osVersion: string | undefined,
  signal: AbortSignal,
): Promise<Splash> {
  const { path, isReplaced } = await readSplash(files, osVersion, signal);
  if (!isReplaced)
    throw new OsError('usage', 'the logo is that of the OS already: there is nothing to reset');
  const content = await files.read(original, { signal });
  if (content === undefined) await files.remove(path, { signal });
  else await files.writeAtomically(path, content, { mode, signal });
  await files.remove(original, { signal });
  await files.remove(originalAbsent, { signal });
  return { path, facts: factsOf(content), isReplaced: false };
}
