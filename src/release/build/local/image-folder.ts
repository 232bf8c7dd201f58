/** A folder of this machine for the archives of one image; removed when disposed. */
import { lstat, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errnoOf, messageOf, OsError } from '../../../core/errors.ts';
import { reportsFullDisk } from '../../../core/full-disk.ts';
import { openTempFolder, tempFolderHint, type TempFolder } from '../../../files/temp-folder.ts';
import { isProcessAlive, processIdentity, readProcessSpace } from '../../../state/process-identity.ts';

const prefix = 'os-image-';
/** In the folder: the process that made it. A name is no proof, as people have folders of that name too. */
const makerFile = '.made-by-os';

/** True if the process that made the folder is known to have ended. */
async function isLeft(folder: string): Promise<boolean> {
  try {
    const found = await lstat(folder);
    if (!found.isDirectory() || found.uid !== process.getuid?.()) return false;
    const maker = JSON.parse(await readFile(path.join(folder, makerFile), 'utf8')) as {
      readonly space?: unknown;
      readonly process?: unknown;
    };
    return maker.space !== undefined && maker.space === readProcessSpace() && !isProcessAlive(maker.process);
  } catch {
    // It is not ours, or somebody else is removing it.
    return false;
  }
}

/** Removes the folders that killed pushes of this user have left in `directory`. */
export async function removeLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names.filter(it => it.startsWith(prefix))) {
    const folder = path.join(directory, name);
    // Another push may remove it at the same time.
    if (await isLeft(folder)) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

export const outOfSpaceHere = (cause: unknown): OsError =>
  new OsError('no-space', `this machine has no space for the image in ${tmpdir()}`, {
    hint: tempFolderHint,
    cause,
  });

/** True if docker says that it was the folder which could not be written, and not a place of its engine. */
export const namesImageFolder = (said: string): boolean => said.includes(path.join(tmpdir(), prefix));

/** The disk of this machine's Docker is full. */
export const dockerOutOfSpace = (message: string, cause?: unknown): OsError =>
  new OsError('no-space', message, {
    hint: '`docker system df` says what takes the space, `docker image prune` and `docker builder prune` free what nothing uses; or build on the device: --build-on device',
    cause,
  });

/** Converts a failure to write into the folder; returns other errors unchanged. */
export function explainFolderFailure(error: unknown): unknown {
  const isOfSystem = !(error instanceof OsError) && errnoOf(error) !== undefined;
  return isOfSystem && reportsFullDisk(messageOf(error)) ? outOfSpaceHere(error) : error;
}

/** Throws OsError `host-unsuitable` where this machine has no place for temporary files, and `no-space`. */
export async function openImageFolder(): Promise<TempFolder> {
  await removeLeftovers(tmpdir());
  const folder = await openTempFolder(prefix);
  try {
    const maker = { space: readProcessSpace(), process: processIdentity(process.pid) };
    await writeFile(path.join(folder.path, makerFile), JSON.stringify(maker));
    return folder;
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw explainFolderFailure(error);
  }
}
