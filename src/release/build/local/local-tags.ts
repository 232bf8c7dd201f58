/**
 * The names that builds give to images on this machine's Docker. Only those of the last build of a service for a device are
 * kept. A name is removed if a record says that it was made here and it still leads to the image that it was made for; an image
 * goes with its last name, so that one that somebody else has named stays.
 */
import { createHash } from 'node:crypto';
import { jsonOf } from '../../../net/json-fields.ts';
import { splitReference } from '../build-record.ts';
import type { RunDocker } from './run-docker.ts';

/** Whose image it is. */
export interface TagOwner {
  readonly project: string;
  readonly service: string;
  /** The id of the device's engine. */
  readonly device: string;
}

/** A name on this machine's Docker, and the image that it was made for. */
export interface LocalTag {
  readonly tag: string;
  readonly id: string;
}

/** The names that were made on this machine; they outlast a push. */
export interface LocalTagRecords {
  find(owner: TagOwner): Promise<readonly LocalTag[]>;
  /** Replaces those of `owner`. */
  keep(owner: TagOwner, tags: readonly LocalTag[]): Promise<void>;
}

/** The image that a build makes, and the one that the device has, with which the next one is compared. */
export interface LocalTags {
  readonly built: string;
  readonly sent: string;
  /** Call before the build: an image that was built and never sent would lose its only name, and stay without one. */
  prepare(): Promise<void>;
  /** Call after the build. */
  keepBuilt(): Promise<void>;
  /** Call when the device has the image: names it `sent`, and removes older names. */
  keepSent(): Promise<void>;
}

export interface LocalTagsOptions {
  readonly owner: TagOwner;
  /** The name of the image on the device. */
  readonly reference: string;
  readonly contextDirectory: string;
  readonly records: LocalTagRecords;
  readonly signal: AbortSignal;
}

export async function openLocalTags(
  docker: RunDocker,
  { owner, reference, contextDirectory, records, signal }: LocalTagsOptions,
): Promise<LocalTags> {
  const built = nameFor(reference, contextDirectory, owner.device);
  const [sent, former] = [`${built}-sent`, `${built}-former`];
  const made = new Map((await records.find(owner)).map(({ tag, id }) => [tag, id]));
  const save = (): Promise<void> =>
    records.keep(
      owner,
      [...made].map(([tag, id]) => ({ tag, id })),
    );
  /** Removes names that still lead to the image that they were made for, and forgets them. */
  const remove = async (tags: readonly string[]): Promise<void> => {
    if (tags.length === 0) return;
    const present = await readIds(docker, tags, signal);
    const own = tags.filter(tag => made.has(tag) && present.get(tag) === made.get(tag));
    // Steps of the classic builder that only this image was made of go with it.
    for (const tag of own) await docker(['image', 'rm', tag], { signal });
    for (const tag of tags) made.delete(tag);
  };
  const name = async (source: string, tag: string, id: string): Promise<void> => {
    await docker(['image', 'tag', source, tag], { signal });
    made.set(tag, id);
  };
  return {
    built,
    sent,
    async prepare() {
      const id = made.get(built);
      if (id === undefined || id === made.get(sent)) return;
      if (made.has(former)) await remove([former]);
      await name(built, former, id);
      await save();
    },
    async keepBuilt() {
      const id = (await readIds(docker, [built], signal)).get(built);
      if (id === undefined) return;
      made.set(built, id);
      if (made.has(former)) await remove([former]);
      await save();
    },
    async keepSent() {
      const id = made.get(built);
      if (id === undefined) return;
      const older = [...made.keys()].filter(tag => tag !== built && tag !== sent);
      const isSame = made.get(sent) === id;
      await remove(isSame || !made.has(sent) ? older : [...older, sent]);
      if (!isSame) await name(built, sent, id);
      await save();
    },
  };
}

/** The same each time, and nobody else's. */
function nameFor(reference: string, contextDirectory: string, device: string): string {
  const last = splitReference(reference).repository.split('/').at(-1) ?? 'image';
  const digest = createHash('sha256').update([reference, contextDirectory, device].join('\n')).digest('hex');
  return `os-build/${last.replace(/@.*$/, '')}:${digest.slice(0, 12)}`;
}

/** By name: the id of the image that it leads to; names that lead to none are left out. */
async function readIds(
  docker: RunDocker,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const format = '{{.Id}} {{json .RepoTags}}';
  // Fails where one is missing, and prints the others.
  const { stdout } = await docker(['image', 'inspect', '--format', format, ...names], { signal });
  const ids = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const [, id = '', list = ''] = /^(\S+) (.*)$/.exec(line.trim()) ?? [];
    const tags = jsonOf(list);
    if (!Array.isArray(tags)) continue;
    // podman writes a registry before a name that has none.
    for (const name of names)
      if (tags.some(tag => tag === name || tag === `localhost/${name}`)) ids.set(name, id);
  }
  return ids;
}
