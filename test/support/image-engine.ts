import { createHash } from 'node:crypto';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import { OsError } from '../../src/core/errors.ts';
import type { ContainerBody } from '../../src/engine/container-body.ts';
import type { BuildOptions, EngineMessage } from '../../src/engine/engine.ts';
import type { EngineInfo, FoundPath, ImageConfig, ImageDetails } from '../../src/engine/objects.ts';
import { fakeImage } from './fake-engine.ts';
import { LockableEngine } from './lockable-engine.ts';

/** By absolute path: content; a directory's ends in a slash. Null: removed by this layer. */
type Files = ReadonlyMap<string, string | null>;

interface StoredImage {
  readonly id: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly history: readonly object[];
  readonly layers: readonly string[];
}

const sha256 = (text: string | Buffer): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Every member of a tar, in order; directories have a slash at the end. */
async function readTar(bytes: Buffer): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const reader = extract();
  Readable.from([bytes]).pipe(reader);
  for await (const entry of reader) found.set(entry.header.name, await buffer(entry));
  return found;
}

async function readLayer(bytes: Buffer): Promise<Files> {
  const members = await readTar(bytes);
  return new Map(
    [...members].map(([name, content]) => {
      const base = path.posix.basename(name);
      if (!base.startsWith('.wh.')) return [`/${name}`, content.toString()];
      return [path.posix.join('/', path.posix.dirname(name), base.slice('.wh.'.length)), null];
    }),
  );
}

/** An engine with images, whose builder knows FROM, COPY, `RUN cat A > B`, and what changes the configuration alone. */
export class ImageEngine extends LockableEngine {
  #layers = new Map<string, Files>();
  #stored = new Map<string, StoredImage>();
  #tags = new Map<string, string>();
  /** Bytes of the bodies of requests, by request. */
  readonly received: { readonly request: 'build' | 'load'; readonly sizeBytes: number }[] = [];
  /** What a load fails with from now on. */
  loadFailure: OsError | undefined;
  readonly engineId: string;

  constructor(engineId = 'first') {
    super();
    this.engineId = engineId;
  }

  /** Reported for every image. */
  imageBytes = 1_000_000;

  clone(): ImageEngine {
    const copy = new ImageEngine(this.engineId);
    copy.#layers = new Map(this.#layers);
    copy.#stored = new Map(this.#stored);
    copy.#tags = new Map(this.#tags);
    for (const [id, container] of this.containers) copy.containers.set(id, { ...container });
    for (const [name, volume] of this.volumes) copy.volumes.set(name, volume);
    for (const [name, network] of this.networks) copy.networks.set(name, network);
    copy.imageBytes = this.imageBytes;
    copy.#sync();
    return copy;
  }

  get tags(): ReadonlyMap<string, string> {
    return this.#tags;
  }

  /** Adds an image with one layer for each of `layers`. Returns its id. */
  add(reference: string, layers: readonly Readonly<Record<string, string>>[]): string {
    const ids = layers.map(files => this.#addLayer(new Map(Object.entries(files))));
    return this.#keep({ config: {}, history: layers.map(() => ({})), layers: ids }, [reference]);
  }

  /** The files of an image, by path, without directories. */
  filesOf(reference: string): Record<string, string> {
    return Object.fromEntries([...this.#view(reference)].filter(([name]) => !name.endsWith('/')));
  }

  configOf(reference: string): Readonly<Record<string, unknown>> {
    return this.#find(reference)?.config ?? {};
  }

  layersOf(reference: string): readonly string[] {
    return this.#find(reference)?.layers ?? [];
  }

  #addLayer(files: Files): string {
    const id = sha256(JSON.stringify([...files]));
    this.#layers.set(id, files);
    return id;
  }

  #keep(image: Omit<StoredImage, 'id'>, tags: readonly string[], id = sha256(JSON.stringify(image))): string {
    this.#stored.set(id, { ...image, id });
    for (const tag of tags) this.#tags.set(this.#nameOf(tag), id);
    this.#sync();
    return id;
  }

  #sync(): void {
    this.images.clear();
    for (const id of this.#stored.keys()) this.images.set(id, fakeImage(id));
    for (const [tag, id] of this.#tags)
      for (const name of [tag, tag.replace(/:latest$/, '')]) this.images.set(name, fakeImage(id));
  }

  #nameOf(reference: string): string {
    return /:[^/]*$/.test(reference) ? reference : `${reference}:latest`;
  }

  #find(reference: string): StoredImage | undefined {
    const id = this.#tags.get(this.#nameOf(reference)) ?? reference;
    const digits = id.replace(/^sha256:/, '');
    return [...this.#stored.values()].find(it => it.id.startsWith(`sha256:${digits}`));
  }

  #view(reference: string): Map<string, string> {
    const files = new Map<string, string>();
    for (const layer of this.#find(reference)?.layers ?? [])
      for (const [name, content] of this.#layers.get(layer) ?? []) {
        if (content !== null) files.set(name, content);
        else for (const it of files.keys()) if (it === name || it.startsWith(`${name}/`)) files.delete(it);
      }
    return files;
  }

  override findImage(reference: string): Promise<ImageDetails | undefined> {
    const image = this.#find(reference);
    if (image === undefined) return Promise.resolve(undefined);
    const tags = [...this.#tags].filter(([, id]) => id === image.id).map(([name]) => name);
    return Promise.resolve({ ...fakeImage(image.id), tags });
  }

  override tagImage(
    id: string,
    { repository, tag }: { readonly repository: string; readonly tag: string },
  ): Promise<void> {
    const image = this.#find(id);
    if (image === undefined) throw new OsError('engine-missing', `no image ${id}`);
    this.#tags.set(`${repository}:${tag}`, image.id);
    this.#sync();
    return Promise.resolve();
  }

  override removeImage(reference: string): Promise<void> {
    this.#tags.delete(this.#nameOf(reference));
    this.#sync();
    return Promise.resolve();
  }

  readInfo(): Promise<EngineInfo> {
    return Promise.resolve({
      ...{ id: this.engineId, architecture: 'x86_64', cpus: 1, loggingDriver: '' },
      ...{ systemTime: '2000-01-01T00:00:00Z', rootDirectory: '/var/lib/docker' },
    });
  }

  readImageConfig(reference: string): Promise<ImageConfig | undefined> {
    const image = this.#find(reference);
    if (image === undefined) return Promise.resolve(undefined);
    const { config, history, layers } = image;
    const platform = { architecture: 'amd64', os: 'linux', created: '2000-01-01T00:00:00Z' };
    return Promise.resolve({ ...platform, config, history, layers, sizeBytes: this.imageBytes });
  }

  async *loadImage(archive: Readable): AsyncGenerator<EngineMessage> {
    const bytes = await buffer(archive);
    this.received.push({ request: 'load', sizeBytes: bytes.length });
    if (this.loadFailure !== undefined) throw this.loadFailure;
    const members = await readTar(bytes);
    const read = (name: string): string => members.get(name)?.toString() ?? 'null';
    const [manifest] = JSON.parse(read('manifest.json')) as {
      Config: string;
      RepoTags: string[];
      Layers: string[];
    }[];
    const text = read(manifest?.Config ?? '');
    const document = JSON.parse(text) as {
      config: Record<string, unknown>;
      history?: object[];
      rootfs: { diff_ids: string[] };
    };
    const diffIds = document.rootfs.diff_ids;
    for (const [i, diffId] of diffIds.entries()) {
      const chain = diffIds.slice(0, i + 1);
      if ([...this.#stored.values()].some(it => chain.every((id, at) => it.layers[at] === id))) continue;
      const layer = members.get(manifest?.Layers[i] ?? '');
      if (layer === undefined) throw new OsError('engine-refused', `no such file: layer ${i.toString()}`);
      const content = layer[0] === 0x1f ? (await import('node:zlib')).gunzipSync(layer) : layer;
      if (sha256(content) !== diffId)
        throw new OsError('engine-refused', `invalid diffID for layer ${i.toString()}`);
      this.#layers.set(diffId, await readLayer(content));
    }
    const { config, history = [] } = document;
    this.#keep({ config, history, layers: diffIds }, manifest?.RepoTags ?? [], sha256(text));
    yield { type: 'output', text: 'Loaded\n' };
  }

  async *buildImage(context: Readable, options: BuildOptions): AsyncGenerator<EngineMessage> {
    const bytes = await buffer(context);
    this.received.push({ request: 'build', sizeBytes: bytes.length });
    const sources = await readTar(bytes);
    const text = sources.get(options.dockerfile)?.toString() ?? '';
    const labels = Object.entries(options.labels ?? {}).map(([name, value]) => `LABEL ${name}=${value}`);
    const lines = [...text.split('\n').filter(line => line.trim() !== ''), ...labels];
    let image: StoredImage | undefined;
    for (const [i, line] of lines.entries()) {
      yield {
        type: 'output',
        text: `Step ${(i + 1).toString()}/${lines.length.toString()} : ${line}\n`,
      };
      image = this.#runStep(line, image, sources);
      yield { type: 'output', text: ` ---> ${image.id.slice('sha256:'.length, 19)}\n` };
    }
    if (image === undefined) throw new OsError('build-failed', 'no step');
    for (const tag of options.tags) this.#tags.set(this.#nameOf(tag), image.id);
    this.#sync();
    yield { type: 'image', id: image.id };
  }

  #runStep(line: string, before: StoredImage | undefined, sources: ReadonlyMap<string, Buffer>): StoredImage {
    const [, keyword = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    if (keyword === 'FROM') {
      const found = this.#find(rest.split(' ')[0] ?? '');
      if (found === undefined) throw new OsError('build-failed', `no image ${rest}`);
      return found;
    }
    if (before === undefined) throw new OsError('build-failed', 'no FROM');
    const { config, history, layers } = before;
    const step = { created_by: line };
    const isFiles = keyword === 'COPY' || keyword === 'RUN';
    const files =
      keyword === 'COPY' ? copyFiles(rest, sources) : keyword === 'RUN' ? this.#run(rest, before) : [];
    const added = isFiles ? [this.#addLayer(new Map(files))] : [];
    const setting = isFiles ? {} : keyword === 'CMD' ? { Cmd: rest } : { [keyword]: rest };
    const id = this.#keep(
      { config: { ...config, ...setting }, history: [...history, step], layers: [...layers, ...added] },
      [],
    );
    const made = this.#stored.get(id);
    if (made === undefined) throw new Error('kept above');
    return made;
  }

  #run(command: string, before: StoredImage): [string, string][] {
    const [, from = '', to = ''] = /^cat (\S+) > (\S+)$/.exec(command) ?? [];
    return [[to, this.#view(before.id).get(from) ?? '']];
  }

  override createContainer(name: string, body: ContainerBody): Promise<string> {
    const image = this.#find(body.Image);
    if (image !== undefined) this.images.set(body.Image, fakeImage(image.id));
    return super.createContainer(name, body);
  }

  #viewOf(container: string): Map<string, string> {
    return this.#view(this.containers.get(container)?.body.Image ?? '');
  }

  statPath(container: string, at: string): Promise<FoundPath | undefined> {
    const names = [...this.#viewOf(container).keys()];
    if (names.includes(at)) return Promise.resolve({ kind: 'other' });
    const isDirectory = at === '/' || names.some(name => name.startsWith(`${at}/`));
    return Promise.resolve(isDirectory ? { kind: 'directory' } : undefined);
  }

  getArchive(_container: string, at: string): Promise<Readable> {
    const tar = pack();
    tar.entry({ name: `${path.posix.basename(at)}/`, type: 'directory', mode: 0o755 });
    tar.finalize();
    return Promise.resolve(Readable.from(tar));
  }
}

/** `COPY a /b`, of words or a JSON array; no wildcards. */
function copyFiles(rest: string, sources: ReadonlyMap<string, Buffer>): [string, string][] {
  const words = rest.startsWith('[') ? (JSON.parse(rest) as string[]) : rest.split(/\s+/);
  const [from = '', to = ''] = words.map(word => word.replace(/\/$/, ''));
  const file = sources.get(from);
  if (file !== undefined) return [[to, file.toString()]];
  const prefix = from === '.' ? '' : `${from}/`;
  return [...sources].flatMap(([name, content]): [string, string][] =>
    name.startsWith(prefix) && name !== prefix
      ? [[`${to}/${name.slice(prefix.length)}`, content.toString()]]
      : [],
  );
}
