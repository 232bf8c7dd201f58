/** Changes of the configuration in an image: what a device applies at its first boot. */
import {
  changeConfig,
  configEffects,
  decodeConfig,
  type ConfigChange,
} from '../../../host/config/config-file.ts';
import { checkWritten, readConfigBytes, writeConfigText } from '../../../host/config/config-verbs.ts';
import type { HostFiles } from '../../../host/host-files.ts';
import { findCertificates, findFormerCertificates } from '../../../host/network/certificates.ts';
import { bootConnections } from '../../../host/network/connections.ts';
import { formatKeyfile } from '../../../host/network/keyfile.ts';
import { profileMode } from '../../../host/network/plan-network.ts';
import { toKeyfile } from '../../../host/network/to-keyfile.ts';
import { readFilesBefore, restoreFiles } from '../../../host/undo/files-before.ts';
import type { ConfigChanged } from './change-config.ts';
import {
  missingConnection,
  presentConnection,
  type AddRequest,
  type NetworkChanged,
} from './change-network.ts';
import type { TargetNames } from './open-host-target.ts';

/** Throws OsErrors; nothing is written where the result would not be valid. */
export async function changeImageConfig(
  files: HostFiles,
  names: TargetNames,
  change: ConfigChange,
  signal: AbortSignal,
): Promise<ConfigChanged> {
  const before = await readConfigBytes(files, signal);
  const text = decodeConfig(before);
  const after = changeConfig(text, change);
  const { changed } = configEffects(text, after);
  if (after !== text) {
    await writeConfigText(files, before, after, signal);
    await checkWritten(files, { text: after, change }, signal);
  }
  const isChanged = after !== text;
  return {
    ...names,
    changed,
    isChanged,
    restarts: [],
    needsReboot: false,
    isReach: false,
    reachedAt: null,
    stopped: [],
  };
}

const done = (names: TargetNames, name: string): NetworkChanged => ({
  ...names,
  name,
  activeOn: null,
  problem: null,
  reachedAt: null,
});

/**
 * Writes the profile and the files that it names. Throws OsError `usage` where there is one of that name already; if a file
 * cannot be written, all are as before.
 */
export async function addImageConnection(
  files: HostFiles,
  names: TargetNames,
  request: Pick<AddRequest, 'profile' | 'files' | 'isReplacing'>,
  signal: AbortSignal,
): Promise<NetworkChanged> {
  const { profile, isReplacing } = request;
  const path = `${bootConnections}/${profile.name}`;
  if (!isReplacing && (await files.stat(path, { signal })) !== undefined)
    throw presentConnection(names.image ?? '', profile.name);
  const text = formatKeyfile(toKeyfile(profile));
  const profiles = [{ content: await files.read(path, { signal }) }];
  const abandoned = await findFormerCertificates(files, profile.name, { profiles, text }, signal);
  // The files first: a profile never names one that is missing.
  const written = [...request.files, { path, content: Buffer.from(text) }];
  const paths = [...written.map(file => file.path), ...abandoned];
  const before = await readFilesBefore(files, paths, { mode: profileMode, signal });
  try {
    for (const file of written)
      await files.writeAtomically(file.path, file.content, { mode: profileMode, signal });
    for (const file of abandoned) await files.remove(file, { signal });
  } catch (error) {
    await restoreFiles(files, before, signal);
    throw error;
  }
  return done(names, profile.name);
}

/** Removes the profile and the certificates that are its alone. Throws OsError `usage` where there is none of that name. */
export async function removeImageConnection(
  files: HostFiles,
  names: TargetNames,
  name: string,
  signal: AbortSignal,
): Promise<NetworkChanged> {
  const path = `${bootConnections}/${name}`;
  const certificates = await findCertificates(files, name, [await files.read(path, { signal })], signal);
  const isRemoved = await files.remove(path, { signal });
  if (!isRemoved) throw missingConnection(names.image ?? '', name);
  for (const certificate of certificates) await files.remove(certificate, { signal });
  return done(names, name);
}
