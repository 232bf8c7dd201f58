/**
 * Records which state directory owns which network, for all users of the machine: a network stays reserved for its
 * devices while they are down, so that no other run takes it.
 */
import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../core/errors.ts';
import { readFileIfPresent, writeFileAtomic } from '../../state/atomic-file.ts';
import { isProcessAlive, processIdentity, type ProcessIdentity } from '../../state/process-identity.ts';
import { readRecords } from '../device/device-record.ts';
import { isOverlapping, type Subnet } from './subnet.ts';
import { findIPv4Network, formatIPv4Network } from '../../net/ipv4.ts';

interface Reservation {
  /** CIDR. */
  readonly subnet: string;
  readonly stateDirectory: string;
  /** The process that took it, which is about to make a device on it. */
  readonly claimant: ProcessIdentity;
}

function parseReservation(text: string | undefined): Reservation | undefined {
  try {
    const parsed = JSON.parse(text ?? '') as Partial<Record<keyof Reservation, unknown>> | null;
    if (typeof parsed?.subnet !== 'string' || findIPv4Network(parsed.subnet) === undefined) return undefined;
    return typeof parsed.stateDirectory === 'string' ? (parsed as Reservation) : undefined;
  } catch {
    return undefined;
  }
}

/** True while a device of the state directory is on the network, or is about to be. */
async function isHeld({ subnet, stateDirectory, claimant }: Reservation): Promise<boolean> {
  if (isProcessAlive(claimant)) return true;
  const place = { stateDirectory, cacheDirectory: '', resourceDirectory: '' };
  const records = await readRecords(place).catch(() => []);
  return records.some(record => record.subnet === subnet);
}

/** Reads the reservations of state directories other than `own`. Removes obsolete ones. */
export async function readReservations(
  directory: string,
  ownDirectory: string,
): Promise<{ readonly subnet: Subnet; readonly stateDirectory: string }[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  const held: { readonly subnet: Subnet; readonly stateDirectory: string }[] = [];
  for (const name of names) {
    const file = path.join(directory, name);
    const reservation = parseReservation(await readFileIfPresent(file));
    const subnet = reservation && findIPv4Network(reservation.subnet);
    if (reservation === undefined || subnet === undefined || !(await isHeld(reservation)))
      await rm(file, { force: true });
    else if (reservation.stateDirectory !== ownDirectory)
      held.push({ subnet, stateDirectory: reservation.stateDirectory });
  }
  return held;
}

function fileOf(directory: string, stateDirectory: string, subnet: string): string {
  const digest = createHash('sha256').update(`${stateDirectory}\0${subnet}`).digest('hex');
  return path.join(directory, `${digest.slice(0, 16)}.json`);
}

/** Reserves `subnet` for the devices of `stateDirectory`. The lock on networks must be held. */
export async function reserveNetwork(
  directory: string,
  stateDirectory: string,
  subnet: Subnet,
): Promise<void> {
  const reservation: Reservation = {
    subnet: formatIPv4Network(subnet),
    stateDirectory,
    claimant: processIdentity(process.pid),
  };
  await writeFileAtomic(fileOf(directory, stateDirectory, reservation.subnet), JSON.stringify(reservation));
}

/** True while another process is about to make a device on the network, whose bridge has no port yet. */
export async function isClaimedByOther(
  directory: string,
  stateDirectory: string,
  subnet: string,
): Promise<boolean> {
  const text = await readFileIfPresent(fileOf(directory, stateDirectory, subnet));
  const claimant = parseReservation(text)?.claimant;
  return claimant !== undefined && claimant.pid !== process.pid && isProcessAlive(claimant);
}

/** Returns the state directory in `held` whose network overlaps `subnet`. */
export const findReservation = (
  held: readonly { readonly subnet: Subnet; readonly stateDirectory: string }[],
  subnet: Subnet,
): string | undefined => held.find(one => isOverlapping(one.subnet, subnet))?.stateDirectory;
