import type { OsComposition } from '../core/os-release.ts';

/** The layers and revisions of an OS, as labels and values; those that are not known are undefined or empty. */
export function compositionRows(os: OsComposition): readonly (readonly [string, string | undefined])[] {
  const layers = os.layers.map(({ name, branch, revision }) =>
    [name, [branch, revision.slice(0, 10)].filter(part => part !== undefined).join(':')].join(' '),
  );
  return [
    ['Yocto', os.codename],
    ['meta layer', [os.metaVersion, os.metaRevision].filter(part => part !== undefined).join(' ')],
    ['board revision', os.boardRevision],
    ['layers', layers.join(', ')],
    [
      'fingerprint',
      os.fingerprintFiles === undefined ? undefined : `${os.fingerprintFiles.toString()} files`,
    ],
  ];
}
