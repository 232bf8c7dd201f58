import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { VolumeSummary } from '../../src/engine/objects.ts';
import { FakeEngine } from './fake-engine.ts';

/**
 * A fake engine whose volumes have contents, and an image `busybox`. As a real one does, it holds the lock of a container until
 * its archive is read; what a real one waits for meanwhile, it refuses.
 */
export class VolumeEngine extends FakeEngine {
  readonly contents = new Map<string, string>();
  /** What reading and writing of an archive fails with. */
  failure: { readonly of: 'get' | 'put'; readonly error: Error } | undefined;

  /** Ids of containers whose archive is being read. */
  readonly #locked = new Set<string>();

  constructor() {
    super();
    this.addImage('busybox');
  }

  /** The device's clock, which stands still. */
  nowMs = Date.parse('2026-01-01T00:00:00Z');

  #dated(volume: VolumeSummary): VolumeSummary {
    const dated = { createdAt: new Date(this.nowMs).toISOString(), ...volume };
    this.volumes.set(volume.name, dated);
    return dated;
  }

  addVolume(name: string, content: string, labels: Readonly<Record<string, string>> = {}): void {
    this.#dated({ name, labels });
    this.contents.set(name, content);
  }

  override async createVolume(body: {
    Name: string;
    Labels: Readonly<Record<string, string>>;
  }): Promise<VolumeSummary> {
    if (!this.volumes.has(body.Name)) this.contents.set(body.Name, '');
    return this.#dated(await super.createVolume(body));
  }

  override removeVolume(name: string): Promise<void> {
    this.contents.delete(name);
    return super.removeVolume(name);
  }

  /** The bind of a container at `path` or below it. */
  #bindAt(id: string, path: string): { readonly volume: string; readonly options: string } {
    const binds = this.containers.get(id)?.body.HostConfig.Binds ?? [];
    const bind = binds.find(it => it.split(':')[1]?.startsWith(path));
    if (bind === undefined) throw new Error(`no volume at ${path}`);
    const [volume = '', , options = ''] = bind.split(':');
    return { volume, options };
  }

  getArchive(id: string, path: string): Promise<Readable> {
    const content = this.contents.get(this.#bindAt(id, path).volume) ?? '';
    const failure = this.failure?.of === 'get' ? this.failure.error : undefined;
    const locked = this.#locked;
    locked.add(id);
    return Promise.resolve(
      Readable.from(
        (async function* () {
          try {
            yield Buffer.from(content.slice(0, 2));
            if (failure !== undefined) throw failure;
            await setImmediate();
            yield Buffer.from(content.slice(2));
          } finally {
            locked.delete(id);
          }
        })(),
      ),
    );
  }

  async putTar(id: string, path: string, tar: Readable): Promise<void> {
    if (this.#locked.has(id)) throw new Error(`the archive of ${id} is still being read`);
    const { volume, options } = this.#bindAt(id, path);
    if (options.includes('ro')) throw new Error(`${volume} is read-only`);
    for await (const chunk of tar as AsyncIterable<Buffer>) {
      this.contents.set(volume, `${this.contents.get(volume) ?? ''}${chunk.toString()}`);
      if (this.failure?.of === 'put') throw this.failure.error;
    }
  }
}
