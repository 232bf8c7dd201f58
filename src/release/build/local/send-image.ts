/** Sends a saved image to a device's engine, without the layers that the engine has. */
import { Readable } from 'node:stream';
import { openBufferCollector } from '../../../core/collect-buffers.ts';
import { OsError } from '../../../core/errors.ts';
import type { Engine } from '../../../engine/engine.ts';
import { blockBytes, encodeTarHeader, paddingOf } from '../../../files/tar-header.ts';
import type { BuildEvent, Report } from '../../apply/events.ts';
import type { DeviceSpace } from '../device-space.ts';
import { throttled } from '../throttle.ts';
import { prepareLayer, type ReadyLayer, type Unzstd } from './layer-content.ts';
import type { SavedImage } from './saved-archive.ts';

export type ReceivingEngine = Pick<Engine, 'findImage' | 'loadImage' | 'readImageConfig' | 'where'>;

interface SendRequest {
  readonly service: string;
  /** The names that the image gets on the device, whole ones. */
  readonly tags: readonly string[];
  /** Images of the device that may share layers with it. */
  readonly relatives: readonly string[];
  /** For decompressed layers. */
  readonly folder: string;
  readonly unzstd: Unzstd;
  readonly space: DeviceSpace;
  readonly report: Report<BuildEvent>;
  readonly signal: AbortSignal;
}

/** The number of layers, from the lowest on, that `engine` has. */
async function countKnown(
  engine: ReceivingEngine,
  { layers }: SavedImage,
  { relatives, signal }: Pick<SendRequest, 'relatives' | 'signal'>,
): Promise<number> {
  const configs = await Promise.all(relatives.map(id => engine.readImageConfig(id, signal)));
  const shared = configs.map(config => {
    const different = layers.findIndex(({ diffId }, i) => config?.layers[i] !== diffId);
    return different === -1 ? layers.length : different;
  });
  return Math.max(0, ...shared);
}

const header = (name: string, sizeBytes: number): Buffer =>
  encodeTarHeader({ type: 'file', name, mode: 0o644, uid: 0, gid: 0, sizeBytes, target: '' });

/** The engine looks for each layer by its place in the chain before it opens a file (moby image/tarexport/load.go). */
function packImage(
  { config, layers }: SavedImage,
  ready: ReadonlyMap<number, ReadyLayer>,
  { tags, onSent }: { readonly tags: readonly string[]; readonly onSent: (bytes: number) => void },
): Readable {
  const write = async function* (): AsyncGenerator<Buffer> {
    const onPassed = openBufferCollector();
    for (const [i, layer] of ready) {
      yield header(`layer-${i.toString()}.tar`, layer.sizeBytes);
      for await (const piece of layer.read()) {
        onPassed(piece);
        onSent(piece.length);
        yield piece;
      }
      yield paddingOf(layer.sizeBytes);
    }
    const manifest = Buffer.from(
      JSON.stringify([
        { Config: 'config.json', RepoTags: tags, Layers: layers.map((_, i) => `layer-${i.toString()}.tar`) },
      ]),
    );
    for (const [name, content] of [
      ['config.json', config],
      ['manifest.json', manifest],
    ] as const) {
      yield header(name, content.length);
      yield content;
      yield paddingOf(content.length);
    }
    yield Buffer.alloc(2 * blockBytes);
  };
  return Readable.from(write(), { objectMode: false });
}

async function loadFrom(
  known: number,
  engine: ReceivingEngine,
  image: SavedImage,
  request: SendRequest,
): Promise<number> {
  const { service, tags, space, report, signal } = request;
  const ready = new Map<number, ReadyLayer>();
  for (let i = known; i < image.layers.length; i++) ready.set(i, await prepareLayer(image, i, request));
  const totalBytes = [...ready.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  using claim = await space.claim(service, totalBytes);
  const reportUpload = throttled(report, () => service);
  let sentBytes = 0;
  const archive = packImage(image, ready, {
    tags,
    onSent(bytes) {
      sentBytes += bytes;
      reportUpload({ type: 'upload', service, sentBytes, totalBytes }, sentBytes === totalBytes);
    },
  });
  let failure: unknown;
  archive.on('error', error => (failure = error));
  try {
    for await (const _ of engine.loadImage(archive, signal));
  } catch (error) {
    throw failure ?? error;
  }
  // The engine's answer alone does not tell that it has the image.
  const loaded = await engine.readImageConfig(image.id, signal);
  if (loaded?.layers.length !== image.layers.length)
    throw new OsError('engine-refused', `${engine.where} has not loaded the image of ${service}`);
  claim.keep();
  return totalBytes;
}

/** Returns the bytes of layers that were sent. Throws OsError `no-space`, `engine-refused`, `host-unsuitable`. */
export async function sendImage(
  engine: ReceivingEngine,
  image: SavedImage,
  request: SendRequest,
): Promise<number> {
  const known = await countKnown(engine, image, request);
  try {
    return await loadFrom(known, engine, image, request);
  } catch (error) {
    const isRefused = error instanceof OsError && error.code === 'engine-refused';
    if (!isRefused || known === 0) throw error;
    // The images that shared layers with it may have been removed meanwhile.
    return loadFrom(0, engine, image, request);
  }
}
