import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { DockerRun, RunDocker } from '../../src/release/build/local/run-docker.ts';
import { imageMembers, writeMembers, type ArchiveForm, type ImageSpec } from './image-archives.ts';

interface LocalImage {
  readonly id: string;
  readonly spec: ImageSpec;
}

/**
 * The docker program of this machine, whose builds make one layer of the context and one of each `extra` file. An image goes with
 * its last name. A command that it has not learned fails the test.
 */
export class LocalDocker {
  readonly images = new Map<string, LocalImage>();
  readonly names = new Map<string, string>();
  readonly commands: string[] = [];
  form: ArchiveForm = 'docker';
  isBuildFailing = false;
  /** What saving an image fails with. */
  saveFailure: string | undefined;
  /** Of the base image of every build. */
  baseVolumes: readonly string[] = [];

  /** Ids of images without a name: what nobody can find again. */
  get nameless(): string[] {
    const named = new Set(this.names.values());
    return [...this.images.keys()].filter(id => !named.has(id));
  }

  clone(): LocalDocker {
    const copy = new LocalDocker();
    for (const [id, image] of this.images) copy.images.set(id, image);
    for (const [name, id] of this.names) copy.names.set(name, id);
    return copy;
  }

  addImage(name: string, spec: ImageSpec): void {
    const id = `sha256:${createHash('sha256').update(JSON.stringify(spec)).digest('hex')}`;
    this.images.set(id, { id, spec });
    this.names.set(name, id);
  }

  readonly run: RunDocker = async (args): Promise<DockerRun> => {
    this.commands.push(args.join(' '));
    const [first = '', second = ''] = args;
    const last = args.at(-1) ?? '';
    if (first === 'version')
      return said(JSON.stringify({ Client: { Version: '27.0.0' }, Server: { Os: 'linux', Arch: 'amd64' } }));
    if (first === 'buildx' && second === 'version') return said('buildx');
    if (first === 'buildx' && second === 'build')
      return this.#build(args[args.indexOf('--tag') + 1] ?? '', last);
    if (first !== 'image') throw new Error(`docker was not expected to ${args.join(' ')}`);
    if (second === 'inspect') return this.#inspect(args.slice(args.indexOf('--format') + 2));
    if (second === 'save') return this.#save(args[args.indexOf('--output') + 1] ?? '', last);
    if (second === 'tag') return this.#tag(args[2] ?? '', last);
    if (second === 'rm') return this.#remove(last);
    throw new Error(`docker was not expected to ${args.join(' ')}`);
  };

  async #build(name: string, directory: string): Promise<DockerRun> {
    if (this.isBuildFailing) return failed('no such luck');
    const files: Record<string, string> = {};
    for (const file of (await readdir(path.join(directory, 'data'))).sort())
      files[`/data/${file}`] = await readFile(path.join(directory, 'data', file), 'utf8');
    const layers = [{ '/bin/sh': 'shell' }, { '/data/': '', ...files }];
    const Volumes = Object.fromEntries(this.baseVolumes.map(volume => [volume, {}]));
    this.addImage(name, { layers, config: { Cmd: ['sleep'], Volumes } });
    return said('');
  }

  #inspect(names: readonly string[]): DockerRun {
    const lines = names.flatMap(name => {
      const id = this.names.get(name);
      const tags = [...this.names].filter(([, other]) => other === id).map(([tag]) => tag);
      return id === undefined ? [] : [`${id} ${JSON.stringify(tags)}`];
    });
    return { code: lines.length === names.length ? 0 : 1, stdout: lines.join('\n'), stderr: '' };
  }

  async #save(file: string, name: string): Promise<DockerRun> {
    if (this.saveFailure !== undefined) return failed(this.saveFailure);
    const image = this.images.get(this.names.get(name) ?? '');
    if (image === undefined) return failed(`no such image: ${name}`);
    await writeMembers(file, await imageMembers(this.form, image.spec));
    return said('');
  }

  #tag(source: string, name: string): DockerRun {
    const id = this.names.get(source);
    if (id === undefined) return failed(`no such image: ${source}`);
    this.names.set(name, id);
    return said('');
  }

  #remove(name: string): DockerRun {
    const id = this.names.get(name);
    if (id === undefined) return failed(`no such image: ${name}`);
    this.names.delete(name);
    if (![...this.names.values()].includes(id)) this.images.delete(id);
    return said('');
  }
}

const said = (stdout: string): DockerRun => ({ code: 0, stdout, stderr: '' });
const failed = (stderr: string): DockerRun => ({ code: 1, stdout: '', stderr });
