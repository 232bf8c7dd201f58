/** The newest Engine API whose answers this program supports. */
export const newestKnownApi = '1.44';

const parts = (version: string): [number, number] => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
};

/** Returns the API version to use with an engine whose newest is `engineApi`: the lower of the engine's and ours. */
export function chooseApiVersion(engineApi: string): string {
  const [major, minor] = parts(engineApi);
  const [knownMajor, knownMinor] = parts(newestKnownApi);
  return major < knownMajor || (major === knownMajor && minor < knownMinor) ? engineApi : newestKnownApi;
}
