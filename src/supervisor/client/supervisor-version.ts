/** Versions of the supervisor that were run against this client's requests: 12, 14 and 19, and those between them. */
const oldest = 12;
const newest = 19;

/** Returns the major number of `19.0.5` or `v7.21.0`; undefined if that is not a version. */
export function majorOf(version: string): number | undefined {
  const major = /^v?(\d+)\.\d+\.\d+/.exec(version)?.[1];
  return major === undefined ? undefined : Number(major);
}

/** True for versions that target states were tested with. */
export function isSupportedVersion(version: string): boolean {
  const major = majorOf(version);
  return major !== undefined && major >= oldest && major <= newest;
}

export const supportedVersions = `${oldest.toString()} to ${newest.toString()}`;
