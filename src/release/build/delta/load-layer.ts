import { formatBytes } from '../../../core/units.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { BuildEvent, Report } from '../../apply/events.ts';
import type { DeviceSpace } from '../device-space.ts';
import { openImageArchive, type ImageArchive } from './image-archive.ts';
import { openLayer, type LayerSource } from './layer.ts';
import { NextWay } from './next-way.ts';

export type LoadingEngine = Pick<Engine, 'loadImage' | 'readImageConfig'>;

/** An engine takes 125 layers in all. */
const mostLayers = 120;
/** More deltas than this are folded into a full build. */
const mostDeltas = 30;
/** Deltas may have this part of the image's size. */
const largestPart = 0.25;
/** Below this size folding saves nothing. */
const smallBytes = 1_000_000;

interface LoadRequest {
  readonly source: LayerSource;
  /** Since the last full build. */
  readonly deltas: { readonly layers: number; readonly bytes: number };
  readonly service: string;
  /** The names that the new image gets, all of them at once with its layer. */
  readonly tagsOf: (imageId: string) => readonly string[];
  readonly space: DeviceSpace;
  readonly report: Report<BuildEvent>;
  readonly signal: AbortSignal;
}

/**
 * Loads `image` with a layer on top. `like` is an image with the same layers, whose content is known from the last
 * build. Returns the id of the new image. Throws NextWay, ContextChanged, OsError `engine-refused`, and `no-space` before anything is sent.
 */
export async function loadLayer(
  engine: LoadingEngine,
  { image, like }: { readonly image: string; readonly like: string },
  { source, deltas, service, tagsOf, space, report, signal }: LoadRequest,
): Promise<{ readonly id: string; readonly bytes: number }> {
  const [base, other] = await Promise.all([
    engine.readImageConfig(image, signal),
    engine.readImageConfig(like, signal),
  ]);
  if (base === undefined || base.layers.join() !== other?.layers.join())
    throw new NextWay('the image on the device is not the one that was built last');
  const layer = openLayer(source);
  const bytes = deltas.bytes + layer.contentBytes;
  if (deltas.layers >= mostDeltas || base.layers.length >= mostLayers)
    throw new NextWay(`its last image has ${base.layers.length.toString()} layers, which are folded`);
  if (bytes > smallBytes && bytes > base.sizeBytes * largestPart)
    throw new NextWay(`its changes have ${formatBytes(bytes)}, a large part of the image`);
  using claim = await space.claim(service, layer.sizeBytes);
  const steps = [`os: files of ${service} that changed`];
  const archive = openImageArchive(base, { layer, steps, tagsOf });
  const id = await loadArchive(engine, archive, base.layers.length + 1, signal);
  claim.keep();
  const totalBytes = layer.contentBytes;
  report({ type: 'upload', service, sentBytes: totalBytes, totalBytes });
  return { id, bytes: totalBytes };
}

/** Returns the id of the image. The engine's answer alone does not tell that it has the image: it is asked. Throws NextWay. */
async function loadArchive(
  engine: LoadingEngine,
  archive: ImageArchive,
  layerCount: number,
  signal: AbortSignal,
): Promise<string> {
  let failure: unknown;
  archive.stream.on('error', error => (failure = error));
  try {
    for await (const _ of engine.loadImage(archive.stream, signal));
  } catch (error) {
    throw failure ?? error;
  }
  const id = archive.imageId();
  const loaded = id === '' ? undefined : await engine.readImageConfig(id, signal);
  if (loaded?.layers.length !== layerCount) throw new NextWay('the engine did not load the image');
  return id;
}

interface ConfigRequest {
  readonly change: (config: object) => object;
  /** Its entry in the history. */
  readonly steps: readonly string[];
  readonly tagsOf: (imageId: string) => readonly string[];
  readonly signal: AbortSignal;
}

/** Loads `image` with another configuration and the layers that it has. Returns the id of the new image. Throws NextWay. */
export async function loadConfig(
  engine: LoadingEngine,
  image: string,
  { change, steps, tagsOf, signal }: ConfigRequest,
): Promise<string> {
  const base = await engine.readImageConfig(image, signal);
  if (base === undefined) throw new NextWay('the device has not kept the steps of the last build');
  const archive = openImageArchive({ ...base, config: change(base.config) }, { steps, tagsOf });
  return loadArchive(engine, archive, base.layers.length, signal);
}
