import { httpGet, jsonOf, textAt } from './http-get.ts';
import { ports } from './identity.ts';

/** What the on-device supervisor says without a key; null members are what it keeps to itself (managed, no local mode). */
export interface SupervisorFacts {
  port: number;
  version: string | null;
  deviceType: string | null;
  arch: string | null;
}

async function readJson(address: string, path: string, signal: AbortSignal): Promise<unknown> {
  try {
    const answer = await httpGet(address, ports.supervisor, path, signal);
    return answer.status === 200 ? jsonOf(answer.body) : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Asks the supervisor for its version and the device's type. null: nothing answers on its port. */
export async function readSupervisor(address: string, signal: AbortSignal): Promise<SupervisorFacts | null> {
  try {
    // `/ping` needs no key since supervisor 12; before, 401 says just as well that one is there.
    await httpGet(address, ports.supervisor, '/ping', signal);
  } catch {
    signal.throwIfAborted();
    return null;
  }
  const [version, device] = await Promise.all([
    readJson(address, '/v2/version', signal),
    readJson(address, '/v2/local/device-info', signal),
  ]);
  const info = typeof device === 'object' && device !== null && 'info' in device ? device.info : undefined;
  return {
    port: ports.supervisor,
    version: textAt(version, 'version'),
    deviceType: textAt(info, 'deviceType'),
    arch: textAt(info, 'arch'),
  };
}
