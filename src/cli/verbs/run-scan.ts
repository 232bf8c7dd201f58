import { existsSync } from 'node:fs';
import { parseDuration } from '../../core/units.ts';
import type { Probe } from '../../discovery/scan/scan.ts';
import { scan } from '../../discovery/scan/scan.ts';
import type { ScannedDevice } from '../../discovery/scan/scanned-device.ts';
import { parseSubnet } from '../../discovery/scan/subnet.ts';
import { devicesDirectory } from '../../emulator/place.ts';
import { stateDirectory } from '../../state/paths.ts';
import { notePlain, type Output } from '../../ui/output.ts';
import { openScanReporter } from '../../ui/scan/scan-reporter.ts';

/** The flags of `os scan`, as typed. */
export interface ScanFlags {
  readonly timeout: string;
  readonly watch: boolean;
  readonly subnet: readonly string[];
}

/** Time that `os scan` listens when nothing answers. */
export const scanTimeout = '3s';

/** Loads what reads the emulated devices only where there may be some: a scan starts fast. */
async function readEmulatedNames(): Promise<ReadonlyMap<string, string>> {
  if (!existsSync(devicesDirectory({ stateDirectory: stateDirectory() }))) return new Map();
  return (await import('../../reach/find/emulated.ts')).readEmulatedNames();
}

/** Prints the devices that are found, and remembers them. */
export async function runScan(flags: ScanFlags, output: Output, signal: AbortSignal): Promise<void> {
  const { watch } = flags;
  const timeoutMs = parseDuration(flags.timeout);
  const subnets = flags.subnet.map(parseSubnet);
  using reporter = openScanReporter(output, { isWatching: watch, subnets: subnets.map(({ cidr }) => cidr) });
  // One after another, so that a state directory that cannot be written is reported once.
  let remembering = Promise.resolve(true);
  const remember = (device: ScannedDevice): void => {
    remembering = remembering.then(
      async canRemember =>
        canRemember &&
        (await import('../../reach/memory.ts')).rememberDevices([device], text => notePlain(output, text)),
    );
  };
  // Loaded after the first row is printed, which does not need it.
  const probe: Probe = async (found, innerSignal) =>
    (await import('../../reach/find/probe.ts')).probeAddresses(found, innerSignal);
  try {
    const names = await readEmulatedNames();
    await scan({ signal, timeoutMs, watch, subnets, probe, names }, event => {
      reporter.report(event);
      if ((event.type === 'changed' || event.type === 'merged') && event.device.state !== 'probing')
        remember(event.device);
    });
  } finally {
    await remembering;
  }
}
