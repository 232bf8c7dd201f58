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

/** A layer of the Yocto build. */
export interface YoctoLayer {
  readonly name: string;
  readonly branch: string | undefined;
  readonly revision: string;
}

/** Facts about the build of an OS: what it is composed of. */
export interface OsComposition {
  /** The Yocto release that it is built from. */
  readonly codename: string | undefined;
  readonly metaVersion: string | undefined;
  readonly metaRevision: string | undefined;
  readonly boardRevision: string | undefined;
  readonly layers: readonly YoctoLayer[];
  /** The number of files in the fingerprint of the root file system. */
  readonly fingerprintFiles: number | undefined;
}

/** The layers in an image-version-info: `meta-balena = HEAD:7fed82f` a line. */
export function parseLayers(text: string): readonly YoctoLayer[] {
  return text.split('\n').flatMap(line => {
    const match = /^\s*([\w.-]+)\s*=\s*(?:(\S+):)?([0-9a-f]{7,40})\b/.exec(line);
    const [, name, branch, revision] = match ?? [];
    return name === undefined || revision === undefined ? [] : [{ name, branch, revision }];
  });
}

/** Combines the keys of os-release with the layers of image-version-info, and the number of files in the fingerprint. */
export const composeOs = (
  osRelease: Readonly<Record<string, string>>,
  { layers, fingerprintFiles }: Pick<OsComposition, 'layers' | 'fingerprintFiles'>,
): OsComposition => ({
  codename:
    osRelease['DISTRO_CODENAME'] ?? layers.find(({ name }) => /^(meta-yocto|poky)/.test(name))?.branch,
  metaVersion: osRelease['META_BALENA_VERSION'] ?? osRelease['META_RESIN_VERSION'],
  metaRevision: osRelease['META_BALENA_REV'] ?? osRelease['META_RESIN_REV'],
  boardRevision: osRelease['BALENA_BOARD_REV'] ?? osRelease['RESIN_BOARD_REV'],
  layers,
  fingerprintFiles,
});
