import { httpGet } from '../net/http-get.ts';
import { fieldAt, jsonOf, textAt } from '../net/json-fields.ts';
import { ports } from '../net/ports.ts';

/**
 * Facts that the on-device supervisor reports without a key; null members are those it withholds (managed, no local
 * mode).
 */
export interface SupervisorFacts {
  readonly port: number;
  readonly version: string | null;
  readonly deviceType: string | null;
  readonly arch: string | null;
  /** `SUPERVISOR_LOCAL_MODE` of its target; null where it does not say. */
  readonly isLocalMode?: boolean | null;
  /** True where it answers and asks for a key: local mode is off. */
  readonly asksForKey?: boolean;
}

async function readJson(
  address: string,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly status: number | undefined; readonly json: unknown }> {
  try {
    const { status, body } = await httpGet(address, ports.supervisor, path, signal);
    return { status, json: status === 200 ? jsonOf(body) : undefined };
  } catch {
    signal.throwIfAborted();
    return { status: undefined, json: undefined };
  }
}

/** `SUPERVISOR_LOCAL_MODE` in what `GET /v2/local/target-state` answers. */
function localModeOf(target: unknown): boolean | null {
  const config = fieldAt(fieldAt(fieldAt(target, 'state'), 'local'), 'config');
  const mode = fieldAt(config, 'SUPERVISOR_LOCAL_MODE');
  return mode === 'true' ? true : mode === 'false' ? false : null;
}

/** Asks the supervisor for its version, its mode and the device's type. null: nothing answers on its port. */
export async function readSupervisor(address: string, signal: AbortSignal): Promise<SupervisorFacts | null> {
  try {
    // `/ping` needs no key since supervisor 12; before, 401 also shows that a supervisor is there.
    await httpGet(address, ports.supervisor, '/ping', signal);
  } catch {
    signal.throwIfAborted();
    return null;
  }
  const [version, device, target] = await Promise.all([
    readJson(address, '/v2/version', signal),
    readJson(address, '/v2/local/device-info', signal),
    readJson(address, '/v2/local/target-state', signal),
  ]);
  const info = fieldAt(device.json, 'info');
  return {
    port: ports.supervisor,
    version: textAt(version.json, 'version'),
    deviceType: textAt(info, 'deviceType'),
    arch: textAt(info, 'arch'),
    isLocalMode: localModeOf(target.json),
    asksForKey: device.status === 401,
  };
}
