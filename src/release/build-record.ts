/**
 * What an image was made of is told by a tag beside its name, `shop-web:os-<context>-<Dockerfile>-<options>-<bases>.<image>`
 * (`os-live-…` for live sync),
 * all of them beginnings of digests; with its own id in it no other image ever takes it. A label would cost the builder a step, with a container and a layer of its own, would
 * have to be known before the upload, and would make another image of what no step of the Dockerfile takes.
 */
import type { Engine } from '../engine/engine.ts';
import type { BuildRecipe, BuildVariant, KnownRecipe } from './desired.ts';
import type { ObservedRelease } from './observed.ts';

type Images = ObservedRelease['images'];

/** Beginnings of digests; of the bases in the order of the Dockerfile. */
export interface BuildRecord {
  readonly context: string;
  readonly dockerfile: string;
  readonly options: string;
  readonly bases: readonly string[];
  readonly variant: BuildVariant;
}

const widths = { context: 24, dockerfile: 12, options: 12, image: 8 };
/** The engine takes tags of 128 characters. */
const roomForBases =
  128 - 'os-live'.length - Object.values(widths).reduce((sum, width) => sum + 1 + width, 0);
const pattern = /^os-(live-)?([0-9a-f]{24})-([0-9a-f]{12})-([0-9a-f]{12})((?:-[0-9a-f]*)*)\.[0-9a-f]{8}$/;

const shortId = (id: string, width: number): string => id.replace(/^sha256:/, '').slice(0, width);

/** `repository` and `tag` of a reference; a registry may have a port. */
function splitReference(reference: string): { repository: string; tag: string } {
  const [, repository = reference, tag = 'latest'] = /^(.*?)(?::([^:/]+))?$/.exec(reference) ?? [];
  return { repository, tag };
}

/** What is recorded of the bases of `recipe`: '' of one that is not there, and nothing of more than there is room for. */
export function basesOf({ baseImages }: Pick<BuildRecipe, 'baseImages'>, images: Images): string[] {
  const width = Math.min(12, Math.floor(roomForBases / baseImages.length) - 1);
  if (width < 1) return [];
  return baseImages.map(base => shortId(images.get(base)?.id ?? '', width));
}

/** The tag of `image`, which was made of `recipe`. */
export function recordTag(
  image: string,
  { contents, digests, baseImages }: KnownRecipe,
  images: Images,
): string {
  const parts = [
    contents.digest.slice(0, widths.context),
    digests.dockerfile.slice(0, widths.dockerfile),
    digests.options.slice(0, widths.options),
  ];
  const made = [
    'os',
    ...(digests.variant === 'live' ? ['live'] : []),
    ...parts,
    ...basesOf({ baseImages }, images),
  ].join('-');
  return `${made}.${shortId(image, widths.image)}`;
}

/** Undefined where the tag is no record. */
export function parseRecord(reference: string): BuildRecord | undefined {
  const found = pattern.exec(splitReference(reference).tag);
  if (found === null) return undefined;
  const [, live, context = '', dockerfile = '', options = '', bases = ''] = found;
  const variant = live === undefined ? undefined : 'live';
  return { context, dockerfile, options, bases: bases.split('-').slice(1), variant };
}

/** Records what `image` was made of, in place of what else was recorded under that name. */
export async function recordBuild(
  engine: Pick<Engine, 'tagImage' | 'findImage' | 'removeImage'>,
  { image, reference, tag }: { image: string; reference: string; tag: string },
  signal: AbortSignal,
): Promise<void> {
  const { repository } = splitReference(reference);
  const record = `${repository}:${tag}`;
  await engine.tagImage(image, { repository, tag }, signal);
  const tags = (await engine.findImage(record, signal))?.tags ?? [];
  const isStale = (it: string): boolean =>
    it !== record && it.startsWith(`${repository}:`) && parseRecord(it) !== undefined;
  // The image keeps its other names, so that only these go.
  for (const stale of tags.filter(isStale)) await engine.removeImage(stale, signal);
}
