/** Copies volumes on a device. The source is mounted read-only and stays. Each copy has a mark, see copy-marks.ts. */
import { randomBytes } from 'node:crypto';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { PushEvent, Report } from '../apply/events.ts';
import { throttled } from '../build/throttle.ts';
import { ourLabels } from '../desired/labels.ts';
import type { Runner } from '../running/supervisor.ts';
import { markHalf, markWhole, removeCopies, type VolumeCopy } from './copy-marks.ts';

export type CopyingEngine = Pick<
  Engine,
  | 'createContainer'
  | 'createVolume'
  | 'findVolume'
  | 'getArchive'
  | 'putTar'
  | 'removeContainer'
  | 'removeVolume'
>;

export interface CopyOptions {
  readonly project: string;
  /** The runner that the copies are for. */
  readonly to: Runner;
  /** An image of the device, of which containers are made that never start. */
  readonly image: string;
  readonly report: Report<PushEvent>;
  readonly signal: AbortSignal;
}

/** The containers that copy mount their volume here, both in a directory of one name, as archives hold it. */
const parent = '/os-copy';
const directory = `${parent}/volume`;

/**
 * Copies each volume; the copies bear a mark until they are adopted. If one fails, none of the new volumes is left, and the
 * sources are as they were. Throws what the engine throws, `no-space` among it, and `engine-conflict` for a volume that has come
 * to exist meanwhile.
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
        throw new OsError('engine-conflict', `the volume ${copy.to.Name} exists already`, {
          hint: 'another command has made it meanwhile, or moved the project: try again',
        });
      await markHalf(engine, options.project, copy);
      begun.push(copy);
      await copyOne(engine, copy, options);
    }
    await markWhole(engine, options, copies);
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
