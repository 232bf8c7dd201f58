/** Plans the layer that turns the files of one image into those of another, by reading both. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { SavedImage, SavedLayer } from './saved-archive.ts';
import type { Part, TarMember } from './tar-members.ts';

interface File extends TarMember {
  /** Of header and content. */
  readonly digest: string;
}

type Files = ReadonlyMap<string, File>;

export interface Difference {
  /** Members of the new image, parents before what they hold. */
  readonly written: readonly TarMember[];
  /** Only the topmost of a removed tree. */
  readonly removed: readonly string[];
}

const parentsOf = (name: string): string[] => {
  const parent = path.posix.dirname(name);
  return parent === '.' || parent === '/' ? [] : [...parentsOf(parent), parent];
};

async function digestOf(image: SavedImage, parts: readonly Part[]): Promise<string> {
  const hash = createHash('sha256');
  for (const part of parts) for await (const piece of image.read(part)) hash.update(piece);
  return hash.digest('hex');
}

/** True if the part is a tar: compressed layers cannot be read at random. */
async function isPlainTar(image: SavedImage, { offset, sizeBytes }: Part): Promise<boolean> {
  if (sizeBytes < 512) return false;
  for await (const piece of image.read({ offset: offset + 257, sizeBytes: 5 }))
    return piece.toString() === 'ustar';
  return false;
}

/** The files of `layers`, one over the other. Undefined where a layer is missing, compressed, or removes files. */
async function listFiles(image: SavedImage, layers: readonly SavedLayer[]): Promise<Files | undefined> {
  const files = new Map<string, File>();
  for (const { part } of layers) {
    if (part === undefined || !(await isPlainTar(image, part))) return undefined;
    for await (const member of image.members(part)) {
      if (path.posix.basename(member.name).startsWith('.wh.')) return undefined;
      // A file in place of a directory, or a directory in place of a file: what is below is another matter.
      const before = files.get(member.name);
      if (before !== undefined && (before.flag === '5') !== (member.flag === '5')) return undefined;
      files.set(member.name, { ...member, digest: await digestOf(image, [member.header, member.content]) });
    }
  }
  return files;
}

/** True if a layer below has one of `names`, or if that can't be read. */
async function hasAny(
  image: SavedImage,
  layers: readonly SavedLayer[],
  names: readonly string[],
): Promise<boolean> {
  const wanted = new Set(names);
  for (const { part } of layers) {
    if (part === undefined || !(await isPlainTar(image, part))) return true;
    for await (const { name } of image.members(part)) if (wanted.has(name)) return true;
  }
  return false;
}

/** Plans the changes from `former` to `now`. Undefined if they are not certain. */
export async function planDifference(former: SavedImage, now: SavedImage): Promise<Difference | undefined> {
  const different = now.layers.findIndex(({ diffId }, i) => former.layers[i]?.diffId !== diffId);
  const shared = different === -1 ? now.layers.length : different;
  const [before, after] = [
    await listFiles(former, former.layers.slice(shared)),
    await listFiles(now, now.layers.slice(shared)),
  ];
  if (before === undefined || after === undefined) return undefined;
  const changed = [...after.values()].filter(({ name, digest }) => before.get(name)?.digest !== digest);
  if (changed.some(({ name, flag }) => (before.get(name)?.flag ?? flag) !== flag)) return undefined;
  const gone = [...before.keys()].filter(name => !after.has(name));
  const removed = gone.filter(name => !parentsOf(name).some(parent => gone.includes(parent)));
  if (gone.length > 0 && (await hasAny(now, now.layers.slice(0, shared), gone))) return undefined;
  // A hard link holds only within a layer.
  const touched = new Set([...changed.map(it => it.name), ...gone]);
  for (const files of [before, after])
    for (const { name, flag, target } of files.values())
      if (flag === '1' && (touched.has(name) || touched.has(target))) return undefined;
  const names = changed.map(({ name }) => name);
  const needed = new Set([...names, ...[...names, ...removed].flatMap(parentsOf)]);
  const written: TarMember[] = [];
  for (const name of [...needed].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const member = after.get(name);
    // A layer without the directory would change the mode that the image has for it.
    if (member === undefined) return undefined;
    written.push(member);
  }
  return { written, removed };
}
