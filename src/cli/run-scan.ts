import { parseDuration } from '../core/units.ts';
import type { Probe } from '../discovery/scan.ts';
import { scan } from '../discovery/scan.ts';
import type { ScannedDevice } from '../discovery/scanned-device.ts';
import { parseSubnet } from '../discovery/subnet.ts';
import type { Output } from '../ui/output.ts';
import { openScanReporter } from '../ui/scan-reporter.ts';

/** The flags of `os scan`, as typed. */
export interface ScanFlags {
  timeout: string;
  watch: boolean;
  subnet: readonly string[];
}

/** How long `os scan` listens when nothing answers. */
export const scanTimeout = '3s';

/** `os scan`: prints what is found and remembers it. */
export async function runScan(flags: ScanFlags, output: Output, signal: AbortSignal): Promise<void> {
  const { watch } = flags;
  const timeoutMs = parseDuration(flags.timeout);
  const subnets = flags.subnet.map(parseSubnet);
  using reporter = openScanReporter(output, { isWatching: watch, subnets: subnets.map(({ cidr }) => cidr) });
  // One after another: where the first cannot be remembered, that is told once.
  let remembering = Promise.resolve(true);
  const remember = (device: ScannedDevice): void => {
    remembering = remembering.then(
      async canRemember => canRemember && (await import('./browse.ts')).rememberDevices([device], output),
    );
  };
  // What comes after the first row is loaded after it.
  const probe: Probe = async (found, within) => (await import('./probe.ts')).probeAddresses(found, within);
  try {
    await scan({ signal, timeoutMs, watch, subnets, probe }, event => {
      reporter.report(event);
      if ((event.type === 'changed' || event.type === 'merged') && event.device.state !== 'probing')
        remember(event.device);
    });
  } finally {
    await remembering;
  }
}
