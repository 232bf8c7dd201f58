/** Names of images, as the engine parses them (github.com/distribution/reference, regexp.go). */

const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const host = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\\[[0-9a-fA-F:]+\\])(?::\\d+)?';
const digest = '[a-zA-Z][a-zA-Z0-9]*(?:[-_+.][a-zA-Z][a-zA-Z0-9]*)*:[0-9a-fA-F]{32,}';
const grammar = new RegExp(`^(?:${host}/)?${part}(?:/${part})*(?::\\w[\\w.-]{0,127})?(?:@${digest})?$`);

/** Returns the fault of `reference`, as the predicate of a sentence; undefined if it names an image. */
export function faultOfReference(reference: string): string | undefined {
  if (grammar.test(reference)) return undefined;
  return grammar.test(reference.toLowerCase())
    ? 'is not an image name: write it in lowercase'
    : 'is not an image name: write it like busybox, busybox:1.36 or ghcr.io/me/app:2';
}

/** `busybox`, `docker.io/library/busybox:latest` and the like as one name. */
const fullName = (reference: string): string => {
  const name = reference.replace(/^(?:docker\.io\/)?(?:library\/)?/, '');
  return /[:@][^/]*$/.test(name) ? name : `${name}:latest`;
};

/** True if two references name the same image. */
export const isSameImage = (one: string, other: string): boolean => fullName(one) === fullName(other);

/** `text` as an image's name: in lowercase, with no separators but those that the grammar knows. */
export const toImageName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/^[._-]+|[._-]+$/g, '')
    .replace(/[._-]+/g, run => (/^(?:\.|__?|-+)$/.test(run) ? run : '-'));
