import type { Clock } from '../../core/clock.ts';
import { systemClock } from '../../core/clock.ts';
import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import { together } from '../../core/together.ts';
import type { DeviceIdentity } from '../../device/identity.ts';
import type { Network } from '../wire/channel.ts';
import { discover } from '../search/discover.ts';
import type { DiscoveryEvent, FoundDevice } from '../found-device.ts';
import { openProbeQueue } from './probe-queue.ts';
import { DeviceTable } from './device-table.ts';
import type { ScanEvent } from './scanned-device.ts';
import type { Subnet } from './subnet.ts';
import { sweep } from './sweep.ts';

/** Reads a device's identity from its ports. May throw when nothing answers; must end when `signal` aborts. */
export type Probe = (found: FoundDevice, signal: AbortSignal) => Promise<DeviceIdentity>;

export interface ScanOptions {
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Milliseconds to listen when nothing is found; sweeps have no limit. */
  readonly timeoutMs: number;
  readonly watch?: boolean;
  readonly subnets?: readonly Subnet[];
  readonly probe: Probe;
  /** Names that go before announced ones, by address: those that emulated devices were made with. */
  readonly names?: ReadonlyMap<string, string>;
  /** Time limit for the probe of one device. */
  readonly probeTimeoutMs?: number;
  readonly network?: Network;
}

const probesAtOnce = 8;
/** More than `probeDevice` gives each of its doors. */
const defaultProbeTimeoutMs = 3000;
/** A watched device is probed again this often: it may have still been booting. */
const reprobeMs = 15_000;
const resweepMs = 15_000;

/**
 * Finds devices and probes each in parallel with the search: no slow device delays another. Reports each finding
 * immediately; `done` is last, unless it throws: OsError `network-unavailable`, or the signal's reason (always, when
 * watching).
 */
export async function scan(options: ScanOptions, report: (event: ScanEvent) => void): Promise<void> {
  const {
    clock = systemClock,
    probe,
    probeTimeoutMs = defaultProbeTimeoutMs,
    signal,
    subnets = [],
    watch = false,
  } = options;
  const table = new DeviceTable(options.names);
  const probes = openProbeQueue(probesAtOnce);
  const present = new Map<string, FoundDevice>();
  let interfaces: string[] = [];

  /** Keys of devices whose probe has not begun yet. */
  const waiting = new Set<string>();
  const probeIdentity = ({ key }: FoundDevice): void => {
    if (waiting.has(key)) return;
    waiting.add(key);
    probes.add(async () => {
      waiting.delete(key);
      const found = present.get(key);
      if (signal.aborted || found === undefined) return;
      const identity = await probeWithin(found, { probe, signal, timeoutMs: probeTimeoutMs });
      // Asked again at a better address meanwhile (the engine listens on IPv4 alone): that answer counts.
      const isOutdated = present.get(key)?.addresses[0] !== found.addresses[0];
      if (identity !== undefined && !isOutdated) table.learn(key, identity).forEach(report);
    });
  };
  const onEvent = (event: DiscoveryEvent): void => {
    switch (event.type) {
      case 'interface-failed':
        report(event);
        break;
      case 'lost':
        present.delete(event.device.key);
        table.remove(event.device.key).forEach(report);
        break;
      case 'found':
      case 'changed': {
        present.set(event.device.key, event.device);
        const events = table.put(event.device);
        events.forEach(report);
        if (events.length > 0) probeIdentity(event.device);
        break;
      }
    }
  };
  const listen = async (innerSignal: AbortSignal): Promise<void> => {
    try {
      ({ interfaces } = await discover({ ...options, clock, signal: innerSignal }, onEvent));
    } catch (error) {
      // A sweep is the fallback for networks on which multicast does not work.
      if (!(error instanceof OsError) || error.code !== 'network-unavailable' || subnets.length === 0)
        throw error;
    }
  };
  const sweepSubnet = async (subnet: Subnet, innerSignal: AbortSignal): Promise<void> => {
    const onProgress = (checkedCount: number): void =>
      report({ type: 'sweeping', subnet: subnet.cidr, checkedCount, addressCount: subnet.count });
    let answered = new Map<string, FoundDevice>();
    for (;;) {
      const before = answered;
      answered = new Map();
      const onFound = (device: FoundDevice): void => {
        answered.set(device.key, device);
        onEvent({ type: 'found', device });
      };
      await sweep(subnet, { signal: innerSignal, onFound, onProgress });
      for (const [key, device] of before) if (!answered.has(key)) onEvent({ type: 'lost', device });
      if (!watch) return;
      await clock.sleep(resweepMs, innerSignal);
    }
  };
  const probeAgain = async (innerSignal: AbortSignal): Promise<void> => {
    for (;;) {
      await clock.sleep(reprobeMs, innerSignal);
      for (const found of present.values()) probeIdentity(found);
    }
  };

  try {
    await together(signal, [
      listen,
      ...subnets.map(subnet => (innerSignal: AbortSignal) => sweepSubnet(subnet, innerSignal)),
      ...(watch ? [probeAgain] : []),
    ]);
  } finally {
    await probes.idle();
  }
  signal.throwIfAborted();
  report({ type: 'done', devices: table.devices(), interfaces });
}

/** A device that refuses, hangs, sends garbage or hangs up is silent: null. Undefined when aborted. */
async function probeWithin(
  found: FoundDevice,
  {
    probe,
    signal,
    timeoutMs,
  }: { readonly probe: Probe; readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<DeviceIdentity | null | undefined> {
  try {
    using deadline = openDeadline(signal, timeoutMs);
    const identity = await probe(found, deadline.signal);
    return identity.engine !== null || identity.supervisor !== null || identity.isSshOpen ? identity : null;
  } catch {
    return signal.aborted ? undefined : null;
  }
}
