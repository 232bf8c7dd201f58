import { setMaxListeners } from 'node:events';
import { OsError } from '../../core/errors.ts';
import { ports } from '../../net/ports.ts';
import { readOwnAddresses } from '../../net/own-addresses.ts';
import type { FoundDevice } from '../found-device.ts';
import { probePort } from './probe-port.ts';
import type { Subnet } from './subnet.ts';
import { addressesOf } from './subnet.ts';

export interface SweepOptions {
  readonly signal: AbortSignal;
  readonly onFound: (device: FoundDevice) => void;
  readonly onProgress: (checkedCount: number) => void;
}

/** Number of hosts probed in parallel, on three ports each. */
const hostsAtOnce = 100;
/** Enough for a VPN around the world; dead addresses cost exactly this. */
const timeoutMs = 600;
const progressEvery = 64;

const ping = 'GET /_ping HTTP/1.0\r\n\r\n';
const unroutable = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EACCES', 'EPERM']);

/** True if a port answers as a device's does: SSH on 22222, or an engine. Never rejects. */
async function checkHost(
  address: string,
  signal: AbortSignal,
): Promise<{ readonly isDevice: boolean; readonly code: string }> {
  const replies = await Promise.all([
    probePort({ address, port: ports.ssh, timeoutMs }, signal),
    ...ports.engine.map(port => probePort({ address, port, greeting: ping, timeoutMs }, signal)),
  ]);
  const isDevice = replies.some(
    (of, i) => of.isOpen && (i === 0 ? of.reply.startsWith('SSH-') : /^HTTP\/1\.[01] 200 /.test(of.reply)),
  );
  const [ssh] = replies;
  return { isDevice, code: ssh.isOpen ? '' : ssh.code };
}

/**
 * Asks every address of `subnet` but this machine's own by TCP, for networks that block multicast. Throws OsError `network-unavailable` when
 * this machine cannot send there, and the signal's reason when aborted.
 */
export async function sweep(subnet: Subnet, options: SweepOptions): Promise<void> {
  const { onFound, onProgress, signal } = options;
  // Every open connection listens to it.
  setMaxListeners(0, signal);
  const addresses = addressesOf(subnet);
  // A single address is probed whoever owns it; a range excludes this machine's own.
  const own = readOwnAddresses();
  const isSkipped = (address: string): boolean => subnet.count > 1 && own.has(address);
  let checkedCount = 0;
  let skippedCount = 0;
  const failures = { count: 0, code: '' };
  const work = async (): Promise<void> => {
    for (const address of addresses) {
      signal.throwIfAborted();
      if (isSkipped(address)) {
        skippedCount += 1;
        continue;
      }
      const { isDevice, code } = await checkHost(address, signal);
      signal.throwIfAborted();
      checkedCount += 1;
      if (unroutable.has(code)) {
        failures.count += 1;
        failures.code = code;
      }
      if (checkedCount % progressEvery === 0) onProgress(checkedCount);
      if (isDevice) onFound(foundAt(address));
    }
  };
  await Promise.all(Array.from({ length: Math.min(hostsAtOnce, subnet.count) }, work));
  if (failures.count > 0 && failures.count === subnet.count - skippedCount)
    throw new OsError('network-unavailable', `cannot send to ${subnet.cidr}: ${failures.code}`, {
      hint: 'check the address and that the VPN or network is connected',
    });
}

function foundAt(address: string): FoundDevice {
  return {
    key: `subnet ${address}`,
    instance: address,
    host: address,
    port: ports.ssh,
    addresses: [address],
    interfaces: [],
  };
}
