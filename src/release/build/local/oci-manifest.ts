/**
 * Finds an image in an archive in the layout of OCI (image-spec/image-layout.md), as podman, skopeo and buildx write it: its
 * index leads to the manifest, and that to the configuration and the layers, each by the digest of its content.
 */
import { createHash } from 'node:crypto';
import { fieldAt } from '../../../net/json-fields.ts';
import { parseDocument, type ArchiveFiles } from './archive-files.ts';
import { normalPlatform } from './check-docker.ts';
import { platformOfConfig } from './image-platform.ts';
import { unreadable, type Part } from './tar-members.ts';

/** An image as an archive describes it: the configuration, and where its layers are. */
export interface FoundImage {
  readonly config: Buffer;
  readonly layers: readonly FoundLayer[];
}

export interface FoundLayer {
  /** Undefined if the archive lacks it. */
  readonly part: Part | undefined;
  /** `sha256:…` of the layer as it is stored; undefined if the archive does not say. */
  readonly blobDigest: string | undefined;
}

interface Descriptor {
  readonly digest: string;
  readonly sizeBytes: number | undefined;
  readonly mediaType: string;
  /** Undefined if its index does not say. */
  readonly platform: string | undefined;
}

const indexTypes = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);
const configTypes = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
  '',
]);
const layerType =
  /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar)(?:[.+](?:gzip|zstd))?$/;

/** Indexes within indexes. */
const deepest = 4;

const digestPattern = /^(sha256|sha512):([0-9a-f]{64}|[0-9a-f]{128})$/;

/** Throws OsError `host-unsuitable` for a digest of an unknown kind. */
export function splitDigest(digest: string): { readonly algorithm: string; readonly hex: string } {
  const [, algorithm, hex] = digestPattern.exec(digest) ?? [];
  if (algorithm === undefined || hex === undefined) throw unreadable('a digest in it has an unknown form');
  return { algorithm, hex };
}

const textAt = (value: unknown, name: string): string | undefined => {
  const text = fieldAt(value, name);
  return typeof text === 'string' ? text : undefined;
};

function toDescriptor(value: unknown): Descriptor {
  const size = fieldAt(value, 'size');
  const platform = fieldAt(value, 'platform');
  return {
    digest: textAt(value, 'digest') ?? '',
    sizeBytes: typeof size === 'number' ? size : undefined,
    mediaType: textAt(value, 'mediaType') ?? '',
    platform: typeof platform === 'object' && platform !== null ? platformOfConfig(platform) : undefined,
  };
}

const listAt = (value: unknown, name: string): readonly unknown[] => {
  const list = fieldAt(value, name);
  return Array.isArray(list) ? (list as unknown[]) : [];
};

/** True for an attestation: buildx stores how an image was built in the form of an image of no platform. */
const isAttestation = (value: unknown): boolean =>
  textAt(fieldAt(value, 'annotations'), 'vnd.docker.reference.type') !== undefined ||
  textAt(fieldAt(value, 'platform'), 'os') === 'unknown';

const blobName = (digest: string): string => {
  const { algorithm, hex } = splitDigest(digest);
  return `blobs/${algorithm}/${hex}`;
};

function checkSize({ digest, sizeBytes }: Descriptor, found: number): void {
  if (sizeBytes !== undefined && sizeBytes !== found)
    throw unreadable(
      `${blobName(digest)} has ${found.toString()} bytes, and its descriptor says ${sizeBytes.toString()}`,
    );
}

/** A small blob, whose content is what its digest says. */
async function readBlob(files: ArchiveFiles, descriptor: Descriptor): Promise<Buffer> {
  const { algorithm, hex } = splitDigest(descriptor.digest);
  const name = blobName(descriptor.digest);
  const content = await files.read(name);
  checkSize(descriptor, content.length);
  if (createHash(algorithm).update(content).digest('hex') !== hex)
    throw unreadable(`the content of ${name} does not match its digest`);
  return content;
}

interface Candidate {
  readonly digest: string;
  readonly manifest: object;
  readonly platform: string | undefined;
}

/** The manifests of images that an index leads to, attestations left out. */
async function listManifests(files: ArchiveFiles, index: object, depth = 0): Promise<Candidate[]> {
  if (depth > deepest) throw unreadable('its indexes lead too deep');
  const found: Candidate[] = [];
  for (const value of listAt(index, 'manifests')) {
    if (isAttestation(value)) continue;
    const descriptor = toDescriptor(value);
    const document = parseDocument(blobName(descriptor.digest), await readBlob(files, descriptor));
    const isIndex = indexTypes.has(descriptor.mediaType) || Array.isArray(fieldAt(document, 'manifests'));
    if (isIndex) found.push(...(await listManifests(files, document, depth + 1)));
    else found.push({ digest: descriptor.digest, manifest: document, platform: descriptor.platform });
  }
  return found;
}

async function readManifest(files: ArchiveFiles, manifest: object): Promise<FoundImage> {
  const configDescriptor = toDescriptor(fieldAt(manifest, 'config'));
  if (!configTypes.has(configDescriptor.mediaType)) throw unreadable('it holds something else than an image');
  const config = await readBlob(files, configDescriptor);
  const layers = listAt(manifest, 'layers').map(value => {
    const descriptor = toDescriptor(value);
    if (!layerType.test(descriptor.mediaType)) throw unreadable('a layer in it has an unknown media type');
    const part = files.find(blobName(descriptor.digest));
    if (part !== undefined) checkSize(descriptor, part.sizeBytes);
    return { part, blobDigest: descriptor.digest };
  });
  return { config, layers };
}

/** The image for `platform` where the archive has several. Throws OsError `host-unsuitable`. */
export async function findOciImage(files: ArchiveFiles, platform: string | undefined): Promise<FoundImage> {
  const index = parseDocument('index.json', await files.read('index.json'));
  const all = await listManifests(files, index);
  // An index may name the same manifest twice, once for each tag.
  const candidates = [...new Map(all.map(it => [it.digest, it])).values()];
  const images = await Promise.all(
    candidates.map(async it => {
      const image = await readManifest(files, it.manifest);
      return {
        image,
        platform: it.platform ?? platformOfConfig(parseDocument('its configuration', image.config)),
      };
    }),
  );
  const [first] = images;
  if (first === undefined) throw unreadable('its index.json names no image');
  if (images.length === 1) return first.image;
  const fitting = images.filter(it => platform !== undefined && normalPlatform(it.platform) === platform);
  const [image, another] = fitting;
  if (another !== undefined) throw unreadable(`it holds several images for ${platform ?? ''}`);
  if (image === undefined)
    throw unreadable(
      `it holds images for ${images.map(it => it.platform).join(', ')}, and none for ${platform ?? 'one alone'}`,
    );
  return image.image;
}
