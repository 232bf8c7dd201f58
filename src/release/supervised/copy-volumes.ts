/**
 * Copies volumes on a device. A volume that is being copied to is named by a second one, the mark, from before it exists until
 * it is complete: no push takes half a copy for a whole one. The source is mounted read-only and stays.
 */
import { randomBytes } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { VolumeSummary } from '../../engine/objects.ts';
import type { PushEvent, Report } from '../apply/events.ts';
import { throttled } from '../build/throttle.ts';
import { ourLabels } from '../desired/labels.ts';
import type { VolumeCopy } from './plan-copies.ts';

export type CopyingEngine = Pick<
  Engine,
  | 'createContainer'
  | 'createVolume'
  | 'findVolume'
  | 'getArchive'
  | 'listContainers'
  | 'listVolumes'
  | 'putTar'
  | 'removeContainer'
  | 'removeVolume'
>;

export interface CopyOptions {
  readonly project: string;
  /** An image of the device, of which containers are made that never start. */
  readonly image: string;
  readonly report: Report<PushEvent>;
  readonly signal: AbortSignal;
}

const markOf = (volume: string): string => `os-copying-${volume}`;

/** The containers that copy mount their volume here, both in a directory of one name, as archives hold it. */
const parent = '/os-copy';
const directory = `${parent}/volume`;

/**
 * Copies each volume. If one fails, none of the new volumes is left, and the sources are as they were. Throws what the engine
 * throws, `no-space` among it, and `engine-conflict` for a volume that has come to exist meanwhile.
 */
export async function copyVolumes(
  engine: CopyingEngine,
  copies: readonly VolumeCopy[],
  options: CopyOptions,
): Promise<void> {
  const begun: VolumeCopy[] = [];
  try {
    for (const copy of copies) {
      if ((await engine.findVolume(copy.to.Name, options.signal)) !== undefined)
        throw new OsError('engine-conflict', `the volume ${copy.to.Name} exists already`);
      await engine.createVolume({
        Name: markOf(copy.to.Name),
        Labels: {
          [ourLabels.made]: '1',
          [ourLabels.copy]: options.project,
          [ourLabels.copyFrom]: copy.from,
          [ourLabels.copyTo]: copy.to.Name,
        },
      });
      begun.push(copy);
      await copyOne(engine, copy, options);
    }
    for (const { to } of copies) await engine.removeVolume(markOf(to.Name));
  } catch (error) {
    await removeCopies(engine, begun).catch(() => undefined);
    throw error;
  }
}

async function copyOne(
  engine: CopyingEngine,
  { from, to }: VolumeCopy,
  { project, image, report, signal }: CopyOptions,
): Promise<void> {
  const reportCopying = throttled<PushEvent>(report, () => to.Name);
  reportCopying({ type: 'volume-copy', state: 'copying', from, to: to.Name, sizeBytes: 0 });
  await engine.createVolume(to);
  let sizeBytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length;
      reportCopying({ type: 'volume-copy', state: 'copying', from, to: to.Name, sizeBytes });
      done(null, chunk);
    },
  });
  const ids: string[] = [];
  /** `nocopy`: an image may have files at any path, and an engine fills an empty volume with them. */
  const mount = async (volume: string, options: string): Promise<string> => {
    signal.throwIfAborted();
    // Without the signal: an engine makes a container also where nobody awaits it any more, which would hold the volume.
    const id = await engine.createContainer(`os-copy-${randomBytes(8).toString('hex')}`, {
      Image: image,
      Entrypoint: ['never-started'],
      Labels: { [ourLabels.made]: '1', [ourLabels.look]: project },
      HostConfig: { NetworkMode: 'none', Binds: [`${volume}:${directory}:${options}`] },
    });
    ids.push(id);
    return id;
  };
  try {
    // Two containers: an engine holds the lock of one until its archive is read, and writes to none meanwhile (moby
    // daemon/archive.go, containerArchivePath).
    const source = await mount(from, 'ro,nocopy');
    const target = await mount(to.Name, 'nocopy');
    const archive = await engine.getArchive(source, directory, signal);
    // Either of the two that fails destroys `counted`, which ends the other.
    const [reading, writing] = await Promise.allSettled([
      pipeline(archive, counted, { signal }),
      engine.putTar(target, parent, counted, signal).then(
        () => counted.resume(),
        (error: unknown) => {
          counted.destroy();
          throw error;
        },
      ),
    ]);
    if (writing.status === 'rejected') throw writing.reason;
    if (reading.status === 'rejected') throw reading.reason;
  } finally {
    for (const id of ids) await engine.removeContainer(id, { volumes: true });
  }
  report({ type: 'volume-copy', state: 'copied', from, to: to.Name, sizeBytes });
}

/** Removes volumes that `copyVolumes` created, which nothing uses yet. */
export async function removeCopies(
  engine: Pick<Engine, 'removeVolume'>,
  copies: readonly VolumeCopy[],
): Promise<void> {
  // The mark goes last: while it is there, the volume is half a copy.
  for (const { to } of copies) {
    await engine.removeVolume(to.Name);
    await engine.removeVolume(markOf(to.Name));
  }
}

/** The volume to copy to is created right after its mark, and so has about the same time. */
const mostApartMs = 60_000;

/**
 * True if `volume` was created for the copy that `mark` stands for. One that has its name and came later is another's: the copy
 * was cut off before it created its own.
 */
function isOfCopy(mark: VolumeSummary, volume: VolumeSummary): boolean {
  const apartMs = Date.parse(volume.createdAt ?? '') - Date.parse(mark.createdAt ?? '');
  return apartMs >= 0 && apartMs < mostApartMs;
}

/**
 * Removes what copies of `project` that were cut off have left, and returns their names. The caller holds the project's lock. A
 * half copy that a container uses by now stays, and is named in `onWarning`; so is a volume that is not known to be the copy's.
 */
export async function removeHalfCopies(
  engine: Pick<Engine, 'findVolume' | 'listContainers' | 'listVolumes' | 'removeVolume'>,
  project: string,
  { onWarning, signal }: { readonly onWarning: (message: string) => void; readonly signal: AbortSignal },
): Promise<string[]> {
  const marks = await engine.listVolumes({ [ourLabels.made]: '1', [ourLabels.copy]: project }, signal);
  if (marks.length === 0) return [];
  const containers = await engine.listContainers({}, signal);
  const removed: string[] = [];
  for (const mark of marks) {
    const { [ourLabels.copyTo]: to, [ourLabels.copyFrom]: from = '' } = mark.labels;
    if (to === undefined || mark.name !== markOf(to)) continue;
    const volume = await engine.findVolume(to, signal);
    if (volume === undefined || !isOfCopy(mark, volume)) {
      await engine.removeVolume(mark.name);
      if (volume !== undefined)
        onWarning(`the volume ${to} was not made by the copy of ${from} that was cut off: it stays`);
      continue;
    }
    const user = containers.find(({ mounts }) => mounts.some(it => it.name === to));
    if (user !== undefined) {
      onWarning(`${user.name} uses the volume ${to}, which is half a copy of ${from}: a push was cut off`);
      continue;
    }
    await engine.removeVolume(to);
    await engine.removeVolume(mark.name);
    onWarning(`the volume ${to} is removed, half a copy that a push has left; its data is in ${from}`);
    removed.push(to);
  }
  return removed;
}
