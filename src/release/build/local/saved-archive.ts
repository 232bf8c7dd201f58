/**
 * An archive of `docker save`, or in the layout of OCI: which file holds what. Its manifest decides; a path is a name and never
 * a digest.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { fieldAt } from '../../../net/json-fields.ts';
import { indexArchive, parseDocument, type ArchiveFiles } from './archive-files.ts';
import { platformOfConfig } from './image-platform.ts';
import { findOciImage, type FoundImage } from './oci-manifest.ts';
import { readTarMembers, unreadable, type Part, type TarMember } from './tar-members.ts';

export interface SavedLayer {
  /** `sha256:…` of the uncompressed layer. */
  readonly diffId: string;
  /** The layer in the archive, maybe compressed; undefined if the archive lacks it. */
  readonly part: Part | undefined;
  /** `sha256:…` of the part; undefined if the archive does not say. */
  readonly blobDigest: string | undefined;
}

export interface SavedImage extends AsyncDisposable {
  /** The configuration, byte for byte: its digest is the image's id. */
  readonly config: Buffer;
  readonly id: string;
  /** `linux/arm/v7` */
  readonly platform: string;
  /** Paths that it declares as volumes. */
  readonly volumes: readonly string[];
  readonly layers: readonly SavedLayer[];
  read(part: Part): AsyncGenerator<Buffer>;
  /** Of a layer that is not compressed. */
  members(part: Part): AsyncGenerator<TarMember>;
}

const pieceBytes = 1024 * 1024;

const stringsAt = (value: unknown, name: string): string[] => {
  const list = fieldAt(value, name);
  return Array.isArray(list) ? list.filter(it => typeof it === 'string') : [];
};

/** By the manifest of `docker save`, which archives in the layout of OCI may have too. */
async function findDockerImage(files: ArchiveFiles): Promise<FoundImage> {
  const manifests = parseDocument('manifest.json', await files.read('manifest.json'));
  if (!Array.isArray(manifests)) throw unreadable('manifest.json has an unknown form');
  const [manifest, another] = manifests as readonly unknown[];
  if (another !== undefined) throw unreadable('it holds several images');
  const name = fieldAt(manifest, 'Config');
  if (typeof name !== 'string' || files.find(name) === undefined) throw unreadable('it has no configuration');
  const layers = stringsAt(manifest, 'Layers');
  return {
    config: await files.read(name),
    layers: layers.map(layer => ({ part: files.find(layer), blobDigest: undefined })),
  };
}

function findImage(files: ArchiveFiles, platform: string | undefined): Promise<FoundImage> {
  if (files.find('manifest.json') !== undefined) return findDockerImage(files);
  if (files.find('index.json') !== undefined) return findOciImage(files, platform);
  throw unreadable('it has neither manifest.json nor index.json');
}

/**
 * Opens the archive of an image; `platform` (`linux/arm/v7`) decides which where it holds several. Layers are checked when they
 * are read to be sent. Throws OsError `host-unsuitable` where it is none.
 */
export async function openSavedImage(archive: string, platform?: string): Promise<SavedImage> {
  const file = await open(archive, 'r');
  try {
    const { config, layers } = await findImage(await indexArchive(file), platform);
    const document = parseDocument('its configuration', config);
    const diffIds = stringsAt(fieldAt(document, 'rootfs'), 'diff_ids');
    if (diffIds.length !== layers.length) throw unreadable('its layers are not those of its configuration');
    return {
      config,
      id: `sha256:${createHash('sha256').update(config).digest('hex')}`,
      platform: platformOfConfig(document),
      volumes: Object.keys(fieldAt(fieldAt(document, 'config'), 'Volumes') ?? {}),
      layers: layers.map((layer, i) => ({ ...layer, diffId: diffIds[i] ?? '' })),
      async *read({ offset, sizeBytes }) {
        for (let done = 0; done < sizeBytes;) {
          const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, sizeBytes - done));
          const { bytesRead } = await file.read(buffer, 0, buffer.length, offset + done);
          if (bytesRead === 0) throw unreadable('it is cut off');
          done += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      },
      members: part => readTarMembers(file, part),
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
