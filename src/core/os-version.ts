/** Versions of the host OS: `X.Y.Z[-pre][+revN]`, where a missing revision is 0. */

interface Version {
  readonly core: readonly number[];
  readonly prerelease: readonly string[];
  readonly revision: number;
}

/** Undefined for what is no version. */
function parseVersion(text: string): Version | undefined {
  const plain = text
    .trim()
    .replace(/^(?:resin\s?OS|balena\s?OS)\s+|^v/i, '')
    .replace(/\s*\((?:dev|prod)\)$|[.-](?:dev|prod)$/, '');
  const match = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+rev(\d+))?$/.exec(plain);
  if (match === null) return undefined;
  const [, major, minor, patch, prerelease, revision] = match;
  return {
    core: [Number(major), Number(minor), Number(patch)],
    prerelease: prerelease === undefined ? [] : prerelease.split('.'),
    revision: Number(revision ?? 0),
  };
}

const order = (a: number | string, b: number | string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Compares pre-releases by the rules of semantic versioning: numbers before words, and a release after its pre-releases. */
function comparePrerelease(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return order(b.length, a.length);
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [left, right] = [a[index], b[index]];
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    const [isLeftNumber, isRightNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    const difference =
      isLeftNumber && isRightNumber
        ? order(Number(left), Number(right))
        : isLeftNumber !== isRightNumber
          ? isLeftNumber
            ? -1
            : 1
          : order(left, right);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Negative where `a` is older than `b`, 0 where they are the same; undefined where either is no version. */
export function compareOsVersions(a: string, b: string): number | undefined {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  if (left === undefined || right === undefined) return undefined;
  for (const [index, number] of left.core.entries()) {
    const difference = order(number, right.core[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return comparePrerelease(left.prerelease, right.prerelease) || order(left.revision, right.revision);
}
