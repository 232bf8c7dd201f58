/** Certificates and keys that `os` writes beside the profile of a connection, under names that are made of its name. */
import path from 'node:path';
import { OsError } from '../../core/errors.ts';
import type { HostFiles } from '../host-files.ts';
import { bootConnections, stateConnections } from './connections.ts';
import { parseKeyfile, unescapeValue } from './keyfile.ts';
import { profilePlaces } from './plan-network.ts';

const kinds = ['ca', 'certificate', 'key'] as const;
export type CertificateKind = (typeof kinds)[number];

/** They are stored on the boot partition, since that path outlasts a reset of the state. */
export const certificatePath = (name: string, kind: CertificateKind): string =>
  `${bootConnections}/${name.replaceAll(' ', '-')}-${kind}.pem`;

/** The paths that a profile refers to. Of a text that is no key file: none. */
function readReferences(text: string): readonly string[] {
  try {
    const entries = parseKeyfile(text).find(({ name }) => name === '802-1x')?.entries ?? [];
    return entries.map(([, value]) => (unescapeValue(value) ?? value).replace(/^file:\/\//, ''));
  } catch (error) {
    if (error instanceof OsError) return [];
    throw error;
  }
}

/** True if another file may refer to one of that name. The boot partition is FAT, where case makes no difference. */
async function mayReferTo(
  files: HostFiles,
  file: string,
  certificate: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const text = (await files.read(file, { signal }))?.toString('latin1') ?? '';
    return text.toLowerCase().includes(Buffer.from(certificate.toLowerCase()).toString('latin1'));
  } catch (error) {
    // A file that cannot be read may.
    if (error instanceof OsError && error.code === 'host-refused') return true;
    throw error;
  }
}

/**
 * Returns the paths of the certificates and keys that belong to the connection `name` alone: named by `os` for it, referred
 * to by its profile, and by no other one. With the copies that the OS made of them in the state.
 */
export async function findCertificates(
  files: HostFiles,
  name: string,
  profiles: readonly (Buffer | undefined)[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const references = profiles.flatMap(profile => readReferences(profile?.toString('utf8') ?? ''));
  const own = kinds.map(kind => certificatePath(name, kind)).filter(it => references.includes(it));
  if (own.length === 0) return [];
  const inState = (file: string): string => `${stateConnections}/${path.posix.basename(file)}`;
  const mine = [...profilePlaces(name), ...own, ...own.map(inState)];
  const listed = await Promise.all(
    [bootConnections, stateConnections].map(async directory =>
      (await files.list(directory, { signal })).map(it => `${directory}/${it.name}`),
    ),
  );
  const others = listed.flat().filter(it => !mine.includes(it));
  const found: string[] = [];
  for (const file of own) {
    const certificate = path.posix.basename(file);
    const content = await files.read(file, { signal });
    if (content === undefined) continue;
    const answers = await Promise.all(others.map(it => mayReferTo(files, it, certificate, signal)));
    if (answers.includes(true)) continue;
    found.push(file);
    const copy = await files.read(inState(file), { signal });
    if (copy?.equals(content) === true) found.push(inState(file));
  }
  return found;
}

/** The same of a connection that is replaced by the profile `text`: those that `text` does not name. */
export async function findFormerCertificates(
  files: HostFiles,
  name: string,
  {
    profiles,
    text,
  }: {
    readonly profiles: readonly { readonly content: Buffer | undefined }[];
    readonly text: string;
  },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await findCertificates(
    files,
    name,
    profiles.map(({ content }) => content),
    signal,
  );
  return found.filter(file => !text.toLowerCase().includes(path.posix.basename(file).toLowerCase()));
}
