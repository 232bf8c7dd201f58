/** The one proof that the machine at an address is the requested device. */
import { messageOf, OsError } from '../core/errors.ts';
import type { Candidate } from '../device/candidate.ts';
import { hasUuidPrefix } from '../device/naming.ts';
import { unproven } from '../device/unreachable.ts';

/** Evidence of identity from the device at a candidate's address. */
export interface Evidence {
  /** The port that it answered on. */
  readonly port: number;
  /** The id that its engine reports; null if it reports none or was not queried. */
  readonly engineId: string | null;
  /** True if its SSH server has shown the host key that is known for the device. */
  readonly hasKnownHostKey: boolean;
  /** Reads the UUID from the device; null if it has none. Throws OsError if it cannot be read. */
  readonly readUuid: () => Promise<string | null>;
}

/** Error for a device at `candidate` whose UUID cannot be compared with the requested one. */
export const cannotVerify = (candidate: Candidate, reason: unknown): OsError =>
  new OsError(
    'device-not-found',
    `cannot tell whether the device at ${candidate.address} has the UUID ${candidate.uuidPrefix ?? ''}: ${messageOf(reason)}`,
    {
      hint:
        (reason instanceof OsError ? reason.hint : undefined) ?? 'name it by its host name or its address',
      cause: reason,
    },
  );

/**
 * Returns if the device at `candidate` is the requested one. A typed address needs no proof, nor does a device that
 * this machine itself emulates. A remembered address needs the engine's id, host key or UUID that the device had; one
 * that the network reported is trusted. A requested UUID is compared with the device's own, in full. Throws PortFailure
 * if a remembered address cannot be proven, and OsError `device-not-found` if the UUID differs or cannot be read.
 */
export async function prove(candidate: Candidate, evidence: Evidence): Promise<void> {
  const { address, known, source, reportedUuid, uuidPrefix } = candidate;
  if (source === 'typed' || source === 'emulated') return;
  const isKnownEngine = known?.engineId != null && known.engineId === evidence.engineId;
  if (
    source === 'known' &&
    !isKnownEngine &&
    !evidence.hasKnownHostKey &&
    !(await hasKnownUuid(candidate, evidence))
  )
    throw unproven(address, evidence.port);
  if (uuidPrefix === null || hasUuidPrefix(reportedUuid, uuidPrefix)) return;
  if (isKnownEngine && hasUuidPrefix(known.uuid, uuidPrefix)) return;
  const uuid = await evidence.readUuid().catch((error: unknown) => {
    throw error instanceof OsError && error.exitCode !== 130 && error.exitCode !== 143
      ? cannotVerify(candidate, error)
      : error;
  });
  if (uuid === null) throw cannotVerify(candidate, new Error('it has none in its configuration'));
  if (!hasUuidPrefix(uuid, uuidPrefix))
    throw new OsError(
      'device-not-found',
      `no device with the UUID ${uuidPrefix} answers: the one at ${address} has ${uuid}`,
      { hint: '`os scan --json` lists the devices that answer with their UUIDs' },
    );
}

async function hasKnownUuid({ known }: Candidate, { readUuid }: Evidence): Promise<boolean> {
  if (known?.uuid == null) return false;
  try {
    return (await readUuid()) === known.uuid;
  } catch (error) {
    if (error instanceof OsError) return false;
    throw error;
  }
}
