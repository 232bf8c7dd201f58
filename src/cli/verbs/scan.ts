import { scan as scanNetwork, type Probe } from '../../discovery/scan/scan.ts';
import type { ScanEvent, ScannedDevice } from '../../discovery/scan/scanned-device.ts';
import { parseSubnet } from '../../discovery/scan/subnet.ts';

export interface ScanRequest {
  /** The longest time to listen. */
  readonly timeoutMs: number;
  /** True: continues, and reports arrivals, changes and departures, until `signal` aborts. */
  readonly isWatching: boolean;
  /** CIDR of subnets whose addresses are tried by TCP too. */
  readonly subnets: readonly string[];
}

export interface ScanDependencies {
  readonly signal: AbortSignal;
  readonly reportScan: (event: ScanEvent) => void;
  /** Reads a device's identity. */
  readonly probe: Probe;
}

/** Finds the devices of the network; returns them once the network is quiet. Throws OsError `network-unavailable`. */
export async function scan(
  { signal, reportScan, probe }: ScanDependencies,
  { timeoutMs, isWatching, subnets }: ScanRequest,
): Promise<readonly ScannedDevice[]> {
  let devices: readonly ScannedDevice[] = [];
  await scanNetwork(
    { signal, timeoutMs, probe, watch: isWatching, subnets: subnets.map(parseSubnet) },
    event => {
      if (event.type === 'done') ({ devices } = event);
      reportScan(event);
    },
  );
  return devices;
}
