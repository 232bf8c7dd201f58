/** Sending an update to a device in pieces that may be repeated, so that a lost connection costs one of them. */
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { shellQuote } from '../../core/shell-quote.ts';
import type { HostCommands } from '../host-commands.ts';
import { shortDigest, type UpdateHold } from './hold-update.ts';
import type { ArchiveSource } from './hostapp-archive.ts';

/** On the data partition: the state partition and the roots have no room for it. */
const directory = '/mnt/data/os-update';

export const sentPath = (digest: string): string => `${directory}/${shortDigest(digest)}.tar`;

/** A multiple of what any file system writes at once. */
const pieceBytes = 2 * 1024 * 1024;

/** For a slow link to carry a piece, and a slow card to be read back. */
const timeoutMs = 15 * 60_000;

/** Bytes of the archive with this sha256 that the device has, in whole pieces. */
export async function findSent(
  commands: HostCommands,
  digest: string,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<number> {
  const { stdout } = await commands.run(`wc -c <${shellQuote(sentPath(digest))} 2>/dev/null`, { signal });
  const bytes = Number(stdout.trim() || '0');
  if (!Number.isSafeInteger(bytes) || bytes > sizeBytes) return 0;
  return bytes === sizeBytes ? bytes : Math.floor(bytes / pieceBytes) * pieceBytes;
}

/**
 * Sends the archive from `sentBytes` on. Throws OsError `connection-lost` where the connection ends; then `findSent` tells
 * where to go on. Throws `no-space` where the device has no room, `busy` where another update holds it.
 */
export async function sendArchive(
  commands: HostCommands,
  { sizeBytes, read }: Pick<ArchiveSource, 'sizeBytes' | 'read'>,
  { hold, sentBytes }: { readonly hold: UpdateHold; readonly sentBytes: number },
  { report, signal }: { readonly report: (sentBytes: number) => void; readonly signal: AbortSignal },
): Promise<void> {
  const file = shellQuote(sentPath(hold.digest));
  // Other archives are those of updates that were given up: no run holds the device for them.
  await hold.run(
    commands,
    `mkdir -p ${directory} && find ${directory} -name '*.tar' ! -path ${file} -exec rm -f {} +`,
    { signal },
  );
  for (let at = sentBytes; at < sizeBytes; at += pieceBytes) {
    const input = await read(at, Math.min(pieceBytes, sizeBytes - at));
    // dd cuts the file off where it begins to write.
    const line = `dd of=${file} bs=${pieceBytes.toString()} seek=${(at / pieceBytes).toString()} 2>&1`;
    const { status, stdout } = await hold.run(commands, line, { input, signal, timeoutMs });
    if (status !== 0)
      throw new OsError(
        /no space/i.test(stdout) ? 'no-space' : 'host-refused',
        `the device does not take the update: ${sanitizeLine(stdout.trim().split('\n', 1)[0] ?? '')}`,
        { hint: '`os clean` makes room on the data partition' },
      );
    report(at + input.length);
  }
}

/** True if the device has the archive as it was sent; else its copy is removed. */
export async function isSent(commands: HostCommands, digest: string, signal: AbortSignal): Promise<boolean> {
  const file = shellQuote(sentPath(digest));
  const { stdout } = await commands.run(`sync ${file}; sha256sum ${file}`, { signal, timeoutMs });
  if (stdout.startsWith(digest)) return true;
  await commands.run(`rm -f ${file}`, { signal });
  return false;
}

export async function removeSent(commands: HostCommands, digest: string, signal: AbortSignal): Promise<void> {
  await commands.run(`rm -f ${shellQuote(sentPath(digest))}`, { signal });
}
