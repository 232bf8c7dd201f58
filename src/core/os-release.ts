const semver = /^\d+\.\d+\.\d+/;

/** The keys of an os-release file: values quoted or not, as the shell reads them (os-release(5)). */
export function parseOsRelease(text: string): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']*))\s*$/.exec(
      line.trim(),
    );
    if (match?.[1] !== undefined)
      keys[match[1]] = match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? match[4] ?? '';
  }
  return keys;
}

/**
 * The version of the host OS: VERSION where it is a semantic version, else VERSION_ID, which was the version of a layer
 * before 2.38.
 */
export function osVersionOf(osRelease: Readonly<Record<string, string>>): string | undefined {
  const { VERSION, VERSION_ID } = osRelease;
  return VERSION !== undefined && semver.test(VERSION) ? VERSION : (VERSION_ID ?? VERSION);
}
