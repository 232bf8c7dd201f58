/** Sends the difference to an image that the device has, as one layer on top of it. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { Readable } from 'node:stream';
import { OsError } from '../../../core/errors.ts';
import type { ImageConfig } from '../../../engine/objects.ts';
import { blockBytes, encodeTarHeader, paddingOf } from '../../../files/tar-header.ts';
import type { BuildEvent, Report } from '../../apply/events.ts';
import type { DeviceSpace } from '../device-space.ts';
import { planDifference, type Difference } from './plan-difference.ts';
import type { SavedImage } from './saved-archive.ts';
import type { ReceivingEngine } from './send-image.ts';

/** An engine takes 125 layers in all. */
const mostLayers = 120;
/** Above this number of differences the whole image is sent again. */
const mostDifferences = 30;
/** Differences may have this part of the image's size. */
const largestPart = 0.25;

export interface DifferenceRequest {
  readonly service: string;
  /** The image on the device, whose files are those of `former`. */
  readonly onDevice: string;
  readonly former: SavedImage;
  /** Layers sent since the image was sent whole. */
  readonly sent: { readonly layers: number; readonly bytes: number };
  readonly tagsOf: (imageId: string) => readonly string[];
  readonly space: DeviceSpace;
  readonly report: Report<BuildEvent>;
  readonly signal: AbortSignal;
}

const header = (name: string, sizeBytes: number): Buffer =>
  encodeTarHeader({ type: 'file', name, mode: 0o644, uid: 0, gid: 0, sizeBytes, target: '' });

const whiteout = (name: string): Buffer =>
  header(path.posix.join(path.posix.dirname(name), `.wh.${path.posix.basename(name)}`), 0);

function sizeOfLayer({ written, removed }: Difference): number {
  const files = written.reduce(
    (sum, member) =>
      sum + member.header.sizeBytes + member.content.sizeBytes + paddingOf(member.content.sizeBytes).length,
    0,
  );
  return files + removed.reduce((sum, name) => sum + whiteout(name).length, 0) + 2 * blockBytes;
}

async function* writeLayer(image: SavedImage, { written, removed }: Difference): AsyncGenerator<Buffer> {
  for (const member of written) {
    yield* image.read(member.header);
    yield* image.read(member.content);
    yield paddingOf(member.content.sizeBytes);
  }
  for (const name of removed) yield whiteout(name);
  yield Buffer.alloc(2 * blockBytes);
}

/**
 * Returns the id of the new image and the bytes sent; undefined where the image has to be sent by its layers: the difference is
 * large or not certain, or the device no longer has the image. Throws OsError `no-space` before anything is sent.
 */
export async function sendDifference(
  engine: ReceivingEngine,
  image: SavedImage,
  { service, onDevice, former, sent, tagsOf, space, report, signal }: DifferenceRequest,
): Promise<{ readonly id: string; readonly sentBytes: number } | undefined> {
  const base = await engine.readImageConfig(onDevice, signal);
  if (base === undefined || base.layers.length >= mostLayers || sent.layers >= mostDifferences)
    return undefined;
  const difference = await planDifference(former, image);
  if (difference === undefined) return undefined;
  const sizeBytes = sizeOfLayer(difference);
  if (sent.bytes + sizeBytes > base.sizeBytes * largestPart) return undefined;
  using claim = await space.claim(service, sizeBytes);
  let id = '';
  const archive = Readable.from(pack(), { objectMode: false });
  async function* pack(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    yield header('layer.tar', sizeBytes);
    for await (const piece of writeLayer(image, difference ?? { written: [], removed: [] })) {
      hash.update(piece);
      yield piece;
    }
    yield paddingOf(sizeBytes);
    const config = configOf(image, base, `sha256:${hash.digest('hex')}`, service);
    id = `sha256:${createHash('sha256').update(config).digest('hex')}`;
    const names = [...(base?.layers ?? []).map((_, i) => `known-${i.toString()}.tar`), 'layer.tar'];
    const manifest = [{ Config: 'config.json', RepoTags: tagsOf(id), Layers: names }];
    for (const [name, content] of [
      ['config.json', config],
      ['manifest.json', Buffer.from(JSON.stringify(manifest))],
    ] as const) {
      yield header(name, content.length);
      yield content;
      yield paddingOf(content.length);
    }
    yield Buffer.alloc(2 * blockBytes);
  }
  try {
    for await (const _ of engine.loadImage(archive, signal));
  } catch (error) {
    if (error instanceof OsError && error.code === 'engine-refused') return undefined;
    throw error;
  }
  const loaded = await engine.readImageConfig(id, signal);
  if (loaded?.layers.length !== base.layers.length + 1) return undefined;
  claim.keep();
  report({ type: 'upload', service, sentBytes: sizeBytes, totalBytes: sizeBytes });
  return { id, sentBytes: sizeBytes };
}

/** The new image's configuration on the layers of the device's image. */
function configOf(image: SavedImage, base: ImageConfig | undefined, diffId: string, service: string): Buffer {
  const config = JSON.parse(image.config.toString()) as Record<string, unknown>;
  const step = { created: base?.created, created_by: `os: files of ${service} that changed` };
  return Buffer.from(
    JSON.stringify({
      ...config,
      history: [...(base?.history ?? []), step],
      rootfs: { type: 'layers', diff_ids: [...(base?.layers ?? []), diffId] },
    }),
  );
}
