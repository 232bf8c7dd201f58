import { setMaxListeners } from 'node:events';
import { OsError } from '../core/errors.ts';
import type { FoundDevice } from './found-device.ts';
import { knock } from './knock.ts';
import type { Subnet } from './subnet.ts';
import { addressesOf } from './subnet.ts';

export interface SweepOptions {
  signal: AbortSignal;
  onFound: (device: FoundDevice) => void;
  onProgress: (checkedCount: number) => void;
}

/** Hosts asked at the same time, on three ports each. */
const hostsAtOnce = 100;
/** Enough for a VPN around the world; dead addresses cost exactly this. */
const timeoutMs = 600;
const progressEvery = 64;

const sshPort = 22222;
const enginePorts = [2377, 2375];
const ping = 'GET /_ping HTTP/1.0\r\n\r\n';
const unroutable = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EACCES', 'EPERM']);

/** Whether something that looks like a device answers: SSH on 22222, or an engine. Never rejects. */
async function checkHost(address: string, signal: AbortSignal): Promise<{ isDevice: boolean; code: string }> {
  const knocks = await Promise.all([
    knock({ address, port: sshPort, timeoutMs }, signal),
    ...enginePorts.map(port => knock({ address, port, greeting: ping, timeoutMs }, signal)),
  ]);
  const isDevice = knocks.some(
    (of, i) => of.isOpen && (i === 0 ? of.reply.startsWith('SSH-') : /^HTTP\/1\.[01] 200 /.test(of.reply)),
  );
  const [ssh] = knocks;
  return { isDevice, code: ssh.isOpen ? '' : ssh.code };
}

/**
 * Asks every address of `subnet` by TCP, for networks that block multicast. Throws OsError `network-unavailable` when
 * this machine cannot send there, and the signal's reason when aborted.
 */
export async function sweep(subnet: Subnet, options: SweepOptions): Promise<void> {
  const { onFound, onProgress, signal } = options;
  // Every open connection listens to it.
  setMaxListeners(0, signal);
  const addresses = addressesOf(subnet);
  let checkedCount = 0;
  const failures = { count: 0, code: '' };
  const work = async (): Promise<void> => {
    for (const address of addresses) {
      signal.throwIfAborted();
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
  if (failures.count === subnet.count)
    throw new OsError('network-unavailable', `cannot send to ${subnet.cidr}: ${failures.code}`, {
      hint: 'check the address and that the VPN or network is connected',
    });
}

function foundAt(address: string): FoundDevice {
  return {
    key: `subnet ${address}`,
    instance: address,
    host: address,
    port: sshPort,
    addresses: [address],
    interfaces: [],
  };
}
