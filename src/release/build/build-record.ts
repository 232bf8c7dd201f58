/**
 * An extra tag records what an image was built from: `shop-web:os-<context>-<Dockerfile>-<options>-<bases>.<image>`
 * (`os-live-…` for live sync), each part the beginning of a digest. It ends in the image's own id, so that no other image
 * takes it over. A label would cost the builder a step and a layer, would have to be known before the upload, and would
 * change the image for an edit that no step of the Dockerfile takes.
 */
import type { Engine } from '../../engine/engine.ts';
import type { ContextContents } from './build-memory.ts';
import type { BuildRecipe, BuildVariant } from '../desired/desired.ts';
import type { ObservedRelease } from '../plan/observed.ts';

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
export function splitReference(reference: string): { readonly repository: string; readonly tag: string } {
  const [, repository = reference, tag = 'latest'] = /^(.*?)(?::([^:/]+))?$/.exec(reference) ?? [];
  return { repository, tag };
}

/**
 * Returns the recorded ids of the base images of `recipe`: '' for a missing one, and none at all if they do not fit.
 */
export function basesOf({ baseImages }: Pick<BuildRecipe, 'baseImages'>, images: Images): string[] {
  const width = Math.min(12, Math.floor(roomForBases / baseImages.length) - 1);
  if (width < 1) return [];
  return baseImages.map(base => shortId(images.get(base)?.id ?? '', width));
}

/** Returns the tag of `image`, which was built from `recipe`. */
export function recordTag(
  image: string,
  { digests, baseImages }: Pick<BuildRecipe, 'digests' | 'baseImages'>,
  contents: Pick<ContextContents, 'digest'>,
  images: Images,
): string {
  const parts = [
    contents.digest.slice(0, widths.context),
    digests.dockerfile.slice(0, widths.dockerfile),
    digests.options.slice(0, widths.options),
  ];
  const prefix = [
    'os',
    ...(digests.variant === 'live' ? ['live'] : []),
    ...parts,
    ...basesOf({ baseImages }, images),
  ].join('-');
  return `${prefix}.${shortId(image, widths.image)}`;
}

/** Undefined if the tag is not a record. */
export function parseRecord(reference: string): BuildRecord | undefined {
  const found = pattern.exec(splitReference(reference).tag);
  if (found === null) return undefined;
  const [, live, context = '', dockerfile = '', options = '', bases = ''] = found;
  const variant = live === undefined ? undefined : 'live';
  return { context, dockerfile, options, bases: bases.split('-').slice(1), variant };
}

/** Records what `image` was built from, and removes former records of that name. */
export async function recordBuild(
  engine: Pick<Engine, 'tagImage' | 'findImage' | 'removeImage'>,
  { image, reference, tag }: { readonly image: string; readonly reference: string; readonly tag: string },
  signal: AbortSignal,
): Promise<void> {
  const { repository } = splitReference(reference);
  const record = `${repository}:${tag}`;
  await engine.tagImage(image, { repository, tag }, signal);
  const tags = (await engine.findImage(record, signal))?.tags ?? [];
  const isStale = (it: string): boolean =>
    it !== record && it.startsWith(`${repository}:`) && parseRecord(it) !== undefined;
  // The image has other tags, so that removing a tag does not remove the image.
  for (const stale of tags.filter(isStale)) await engine.removeImage(stale, signal);
}
