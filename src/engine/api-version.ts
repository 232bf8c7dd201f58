/** The newest Engine API whose answers this program has been made for. */
export const newestKnownApi = '1.44';

const parts = (version: string): [number, number] => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
};

/** What to speak with an engine whose newest API is `engineApi`: never more than it has, nor than we know. */
export function chooseApiVersion(engineApi: string): string {
  const [major, minor] = parts(engineApi);
  const [knownMajor, knownMinor] = parts(newestKnownApi);
  return major < knownMajor || (major === knownMajor && minor < knownMinor) ? engineApi : newestKnownApi;
}
