import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { blockBytes, encodeTarHeader, paddingOf } from '../../../files/tar-header.ts';
import type { ImageConfig } from '../../../engine/objects.ts';
import type { Layer } from './layer.ts';

export interface ImageArchive {
  readonly stream: Readable;
  /** Id of the image that it contains, once the archive was read. */
  imageId(): string;
}

interface ArchiveContent {
  /** Goes on top of the image's own layers. */
  readonly layer?: Layer | undefined;
  /** Entries of the history, after those that the image has. */
  readonly steps: readonly string[];
  readonly tagsOf: (imageId: string) => readonly string[];
}

/**
 * Opens an archive for `POST /images/load` of the image `base` with `layer` on top. Layers that the engine has are
 * named without their content: it finds each by its place in the chain before it opens a file (moby
 * image/tarexport/load.go). The layer comes first, as the configuration contains its digest.
 */
export function openImageArchive(base: ImageConfig, { layer, steps, tagsOf }: ArchiveContent): ImageArchive {
  let imageId = '';
  const file = function* (name: string, content: Buffer): Generator<Buffer> {
    yield header(name, content.length);
    yield content;
    yield paddingOf(content.length);
  };
  const write = async function* (): AsyncGenerator<Buffer> {
    if (layer !== undefined) {
      yield header('layer.tar', layer.sizeBytes);
      yield* layer.chunks();
      yield paddingOf(layer.sizeBytes);
    }
    const added = steps.map(text => ({
      created: base.created,
      created_by: text,
      ...(layer === undefined ? { empty_layer: true } : {}),
    }));
    const { layers, history, sizeBytes: _, ...rest } = base;
    const config = Buffer.from(
      JSON.stringify({
        ...rest,
        history: [...history, ...added],
        rootfs: {
          type: 'layers',
          diff_ids: [...layers, ...(layer === undefined ? [] : [layer.diffId()])],
        },
      }),
    );
    imageId = `sha256:${createHash('sha256').update(config).digest('hex')}`;
    yield* file('config.json', config);
    const known = layers.map((_, i) => `known-${i.toString()}.tar`);
    const names = layer === undefined ? known : [...known, 'layer.tar'];
    const manifest = [{ Config: 'config.json', RepoTags: tagsOf(imageId), Layers: names }];
    yield* file('manifest.json', Buffer.from(JSON.stringify(manifest)));
    yield Buffer.alloc(2 * blockBytes);
  };
  return { stream: Readable.from(write(), { objectMode: false }), imageId: () => imageId };
}

const header = (name: string, sizeBytes: number): Buffer =>
  encodeTarHeader({ type: 'file', name, mode: 0o644, uid: 0, gid: 0, sizeBytes, target: '' });
