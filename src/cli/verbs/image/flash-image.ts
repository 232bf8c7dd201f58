import { access, constants, realpath, stat } from 'node:fs/promises';
import type { Clock } from '../../../core/clock.ts';
import { OsError } from '../../../core/errors.ts';
import { readFileIfPresent } from '../../../state/atomic-file.ts';
import { readGivenText } from '../../../state/given-file.ts';
import { openFileDevice } from '../../../image/blocks/file-device.ts';
import type { Patch } from '../../../image/blocks/overlay.ts';
import { openStreamReader } from '../../../image/blocks/stream-reader.ts';
import type { AssessOptions } from '../../../image/drives/assess-drive.ts';
import type { DriveSystem } from '../../../image/drives/drive-system.ts';
import { identityOf, type Drive } from '../../../image/drives/drive.ts';
import { bmapPaths, createBmapCheck, parseBmap, type Bmap } from '../../../image/flash/bmap.ts';
import { cutImage, flashDrive } from '../../../image/flash/flash-drive.ts';
import type { FlashEvent } from '../../../image/flash/flash-events.ts';
import { createProgress } from '../../../image/flash/progress.ts';
import { openTargetDrive } from '../../../image/flash/target-drive.ts';
import { openImage, type ImageSource } from '../../../image/formats/open-image.ts';
import { findMembers } from '../../../image/inspect/find-members.ts';
import { readTableOf } from '../../../image/inspect/inspect-image.ts';
import { leastBytesOf, type PartitionTable } from '../../../image/tables/partition-table.ts';
import {
  assessOrRefuse,
  chooseDrives,
  confirmDrives,
  findDrive,
  type ChosenDrive,
  type ConfirmOptions,
  type FlashQuestions,
} from './choose-drives.ts';
import { followLinks } from './follow-links.ts';

export interface FlashRequest extends ConfirmOptions {
  readonly path: string;
  readonly drives: readonly string[];
  readonly verifies: boolean;
  readonly isDelta: boolean;
  /** A block map; `none` ignores one beside the image. */
  readonly bmap: { readonly path: string } | 'beside' | 'none';
}

export interface FlashDependencies {
  readonly drives: DriveSystem;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: (event: FlashEvent) => void;
  readonly note: (text: string) => void;
  /** undefined if no person can be prompted. */
  readonly questions: FlashQuestions | undefined;
  /** Returns the command to run instead if writing the drive is not permitted, for the drives chosen. */
  readonly sudoLine: (drives: readonly string[]) => string;
  /** Called with the drives that are chosen, before anything is asked or written. What it throws ends the flash. */
  readonly checkChosen?: (drives: readonly Drive[]) => void;
  /** The bytes that configure the image while it is written. */
  readonly planPatches?: (source: ImageSource) => Promise<readonly Patch[]>;
}

async function readSourceTable(source: ImageSource, signal: AbortSignal): Promise<PartitionTable> {
  if (source.format === 'raw') {
    await using device = await openFileDevice(source.path, 'read');
    return await readTableOf(device);
  }
  await using device = openStreamReader(source.stream({ signal }));
  return await readTableOf(device);
}

/**
 * Returns the partition table of the image. Throws OsError `image-invalid` if it does not begin with one that a device can
 * read, or is known to end before its last partition does.
 */
async function checkTable(source: ImageSource, signal: AbortSignal): Promise<PartitionTable> {
  const table = await readSourceTable(source, signal);
  const leastBytes = leastBytesOf(table);
  if (source.sizeBytes !== undefined && source.sizeBytes < leastBytes)
    throw cutImage(source.sizeBytes, leastBytes);
  const { damage } = table;
  if (damage !== undefined)
    throw new OsError('image-invalid', `${source.path} is damaged: ${damage}`, { hint: 'download it again' });
  return table;
}

/** Returns what is to be said of `drive`, whose sectors are not those that the partition table counts in. */
function describeSectors({ path, sectorBytes }: Drive, table: PartitionTable): string | undefined {
  if (sectorBytes === table.sectorBytes) return undefined;
  return `${path} has sectors of ${sectorBytes.toString()} bytes, and the image is for ${table.sectorBytes.toString()}: \
no partition is found on it as long as it is used with this reader or adapter`;
}

async function readBmap(request: FlashRequest): Promise<Bmap | undefined> {
  if (request.bmap === 'none') return undefined;
  if (request.bmap !== 'beside') {
    const { path } = request.bmap;
    return parseBmap(await readGivenText(path, { what: 'the block map' }), path);
  }
  for (const path of bmapPaths(request.path)) {
    const text = await readFileIfPresent(path);
    if (text !== undefined) return parseBmap(text, path);
  }
  return undefined;
}

async function checkPermitted(
  chosen: readonly ChosenDrive[],
  { sudoLine }: FlashDependencies,
): Promise<void> {
  for (const { drive } of chosen)
    try {
      await access(drive.path, constants.R_OK | constants.W_OK);
    } catch (error) {
      throw new OsError('host-unsuitable', `writing to ${drive.path} needs root`, {
        hint: sudoLine(chosen.map(it => it.drive.path)),
        cause: error,
      });
    }
}

/** Unmounts the drive's file systems, after a check that it is still the one that was confirmed. */
async function prepareDrive(
  { drive }: ChosenDrive,
  assess: AssessOptions,
  { drives, signal }: FlashDependencies,
): Promise<Drive> {
  const isSame = (other: Drive): Drive => {
    if (identityOf(other) === identityOf(drive)) return other;
    throw new OsError('drive-refused', `${drive.path} is another drive than the one that was confirmed`);
  };
  const present = isSame(findDrive(await drives.list(signal), drive.path));
  const { assessment } = assessOrRefuse(present, assess);
  for (const mountPoint of assessment.unmounts) await drives.unmount(mountPoint, signal);
  const after = isSame(findDrive(await drives.list(signal), drive.path));
  const [mounted] = after.mountPoints;
  if (mounted !== undefined)
    throw new OsError('busy', `${drive.path} is in use: ${mounted} is mounted from it`);
  return after;
}

interface Work {
  readonly source: ImageSource;
  readonly bmap: Bmap | undefined;
  readonly patches: readonly Patch[];
  readonly assess: AssessOptions;
  readonly leastBytes: number;
}

async function flashOne(
  chosen: ChosenDrive,
  work: Work,
  request: FlashRequest,
  dependencies: FlashDependencies,
): Promise<void> {
  const { source, bmap, patches, assess, leastBytes } = work;
  const { clock, drives, report, signal } = dependencies;
  const { path } = chosen.drive;
  const startMs = clock.nowMs();
  const drive = await prepareDrive(chosen, assess, dependencies);
  await using target = await openTargetDrive(drives.writePath(path), {
    sizeBytes: drive.sizeBytes,
    sectorBytes: drive.sectorBytes,
    dropCache: name => drives.dropCache(name),
  });
  report({ type: 'flash-started', drive: path, image: source.path, sizeBytes: source.sizeBytes });
  const progress = createProgress(path, clock, report);
  let fileBytes = 0;
  const stream = source.stream({ signal, onRead: read => (fileBytes = read) });
  let seenBytes = 0;
  const check = bmap === undefined ? undefined : createBmapCheck(bmap, source.path);
  const { sizeBytes, writtenBytes } = await flashDrive(stream, target, {
    patches,
    isDelta: request.isDelta,
    mapped: bmap?.ranges,
    expectedBytes: bmap?.imageBytes ?? source.sizeBytes,
    leastBytes,
    ...(check === undefined ? {} : { onSource: check }),
    verifies: request.verifies,
    signal,
    onProgress(phase, doneBytes) {
      if (phase === 'writing') seenBytes = doneBytes;
      const share = phase === 'writing' ? fileBytes / source.fileBytes : doneBytes / Math.max(seenBytes, 1);
      progress(phase, doneBytes, Math.min(share, 1));
    },
  });
  report({
    type: 'flashed',
    drive: path,
    sizeBytes,
    writtenBytes,
    isVerified: request.verifies,
    durationMs: Math.round(clock.nowMs() - startMs),
  });
}

/** The name by which a drive knows the image as the file behind it, else its real path. */
async function nameOfImage(image: string, drives: readonly Drive[]): Promise<string> {
  const { dev, ino } = await stat(image);
  for (const { backingFile } of drives) {
    const behind = backingFile === undefined ? undefined : await stat(backingFile).catch(() => undefined);
    if (backingFile !== undefined && behind?.dev === dev && behind.ino === ino) return backingFile;
  }
  return await realpath(image);
}

/** Refuses a drive with a member of a volume that is not in use at the moment. */
async function checkMembers({ drive }: ChosenDrive): Promise<void> {
  await using device = await openFileDevice(drive.path, 'read');
  assessOrRefuse({ ...drive, members: await findMembers(device) }, { imageDevices: [] });
}

/**
 * Flashes an image to one or several drives, at the same time. A drive that fails stops no other; the first failure is
 * thrown when all have ended.
 */
export async function flashImage(dependencies: FlashDependencies, request: FlashRequest): Promise<void> {
  const { drives, signal, questions, report, note } = dependencies;
  const source = await openImage(request.path);
  const table = await checkTable(source, signal);
  const leastBytes = leastBytesOf(table);
  const bmap = await readBmap(request);
  if (bmap !== undefined && source.sizeBytes !== undefined && bmap.imageBytes !== source.sizeBytes)
    throw new OsError('image-invalid', 'the block map is that of another image: the sizes differ', {
      hint: 'add --no-bmap to write the whole image',
    });
  if (bmap !== undefined) note('only the blocks that the block map names are written');
  const imageBytes = source.sizeBytes ?? bmap?.imageBytes ?? leastBytes;
  const present = await drives.list(signal);
  const assess: AssessOptions = {
    imageDevices: await drives.devicesOf(request.path),
    imagePath: await nameOfImage(request.path, present),
    imageBytes,
  };
  const names = await Promise.all(request.drives.map(followLinks));
  const chosen = await chooseDrives(present, names, assess, questions);
  dependencies.checkChosen?.(chosen.map(({ drive }) => drive));
  await checkPermitted(chosen, dependencies);
  for (const one of chosen) {
    await checkMembers(one);
    const sectors = describeSectors(one.drive, table);
    if (sectors !== undefined) note(sectors);
  }
  const patches = (await dependencies.planPatches?.(source)) ?? [];
  await confirmDrives(chosen, request, questions);
  const failures: { readonly one: ChosenDrive; readonly error: unknown }[] = [];
  await Promise.all(
    chosen.map(async one => {
      try {
        await flashOne(one, { source, bmap, patches, assess, leastBytes }, request, dependencies);
        await drives.rereadTable(one.drive.path);
      } catch (error) {
        failures.push({ one, error });
        if (!(error instanceof OsError)) return;
        const { code, message, hint } = error;
        report({ type: 'flash-failed', drive: one.drive.path, code, message, hint });
      }
    }),
  );
  const [failure] = failures;
  if (failure === undefined) return;
  if (signal.aborted) note(unfinished(failures.map(({ one }) => one)));
  throw failure.error;
}

const unfinished = (chosen: readonly ChosenDrive[]): string =>
  `${chosen.map(({ drive }) => drive.path).join(', ')}: unfinished; what was begun does not boot until it is flashed again`;
