/** Archives of images in the forms that Docker, buildx and podman write, put together by hand. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** `docker`: manifest.json alone. `docker-25`: the layout of OCI with a manifest.json. `oci`: the layout of OCI alone. */
export type ArchiveForm = 'docker' | 'docker-25' | 'oci';
export type LayerCompression = 'plain' | 'gzip' | 'zstd';

export interface ImageSpec {
  /** By path: content. */
  readonly layers: readonly Readonly<Record<string, string>>[];
  readonly compression?: LayerCompression;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
  readonly config?: object;
}

/** What an archive consists of, by name. */
export type Members = Map<string, Buffer>;

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

export async function packMembers(members: Iterable<readonly [string, string | Buffer]>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of members) tar.entry({ name, mtime: new Date(0) }, content);
  tar.finalize();
  return buffer(tar);
}

const compress: Record<LayerCompression, (tar: Buffer) => Buffer> = {
  plain: tar => tar,
  gzip: tar => gzipSync(tar),
  zstd: tar => execFileSync('zstd', ['-qc'], { input: tar }),
};

const mediaTypes: Record<LayerCompression, string> = {
  plain: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
};

/** Adds a blob, and returns its descriptor. */
export function addBlob(members: Members, mediaType: string, content: Buffer, more: object = {}): object {
  members.set(`blobs/sha256/${sha256(content)}`, content);
  return { mediaType, digest: `sha256:${sha256(content)}`, size: content.length, ...more };
}

/** The tars of the layers, and the configuration. */
async function makeParts({
  layers,
  platform,
  config = {},
}: ImageSpec): Promise<{ tars: Buffer[]; config: Buffer }> {
  const tars = await Promise.all(
    layers.map(files =>
      packMembers(
        Object.entries(files).map(([name, content]) => [name.replace(/^\//, ''), content] as const),
      ),
    ),
  );
  const document = {
    os: 'linux',
    architecture: 'amd64',
    ...platform,
    created: '2024-01-01T00:00:00Z',
    config,
    rootfs: { type: 'layers', diff_ids: tars.map(tar => `sha256:${sha256(tar)}`) },
    history: layers.map(() => ({ created_by: 'by hand' })),
  };
  return { tars, config: json(document) };
}

/** Adds the blobs of an image in the layout of OCI, and returns the descriptor of its manifest. */
export async function addOciImage(members: Members, spec: ImageSpec): Promise<object> {
  const { compression = 'plain', platform = { os: 'linux', architecture: 'amd64' } } = spec;
  const { tars, config } = await makeParts(spec);
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: addBlob(members, 'application/vnd.oci.image.config.v1+json', config),
    layers: tars.map(tar => addBlob(members, mediaTypes[compression], compress[compression](tar))),
  };
  return addBlob(members, manifest.mediaType, json(manifest), { platform });
}

export const setIndex = (members: Members, manifests: readonly object[]): void => {
  members.set('oci-layout', json({ imageLayoutVersion: '1.0.0' }));
  members.set('index.json', json({ schemaVersion: 2, manifests }));
};

/** The members of an archive of one image. */
export async function imageMembers(form: ArchiveForm, spec: ImageSpec): Promise<Members> {
  const members: Members = new Map();
  const { compression = 'plain' } = spec;
  const { tars, config } = await makeParts(spec);
  const stored = tars.map(tar => compress[compression](tar));
  if (form === 'docker') {
    const names = stored.map((layer, i) => {
      const name = `${i.toString().padStart(64, '0')}/layer.tar`;
      members.set(name, layer);
      return name;
    });
    const configName = `${sha256(config)}.json`;
    members.set(configName, config);
    members.set('manifest.json', json([{ Config: configName, RepoTags: ['x:latest'], Layers: names }]));
    return members;
  }
  setIndex(members, [await addOciImage(members, spec)]);
  if (form === 'docker-25') {
    const blob = (content: Buffer): string => `blobs/sha256/${sha256(content)}`;
    members.set(
      'manifest.json',
      json([{ Config: blob(config), RepoTags: ['x:latest'], Layers: stored.map(blob) }]),
    );
  }
  return members;
}

export const writeMembers = async (file: string, members: Members): Promise<void> =>
  writeFile(file, await packMembers(members));
