import type { RunOnHost } from '../../../logs/journal-logs.ts';
import type { JsonEvents } from '../../../ui/json-events.ts';
import type { Output } from '../../../ui/output.ts';
import { chooseDevice } from '../../../reach/choose-device.ts';
import { reachHost } from '../../../reach/host/reach-host.ts';
import { reachContext } from '../../terminal/reach-context.ts';
import type { DeviceRequest } from '../requests.ts';

/** Runs commands on the host of the device that `request` names, each over an SSH connection of its own. */
export async function openHost(
  { device, identityFile }: DeviceRequest,
  {
    output,
    signal,
    events,
  }: { readonly output: Output; readonly signal: AbortSignal; readonly events: JsonEvents },
): Promise<RunOnHost> {
  const target = await chooseDevice(device, reachContext(output, signal));
  return async (command, innerSignal) => {
    const { session, host, address } = await reachHost(
      // A port after the device's name is its engine's; the SSH server has its own.
      { target: { ...target, port: null }, identityFile },
      reachContext(output, innerSignal),
    );
    events.device ??= host ?? address;
    const close = async (): Promise<void> => {
      await session[Symbol.asyncDispose]();
    };
    try {
      const process = await session.exec(command, { signal: innerSignal });
      const { stdout, stderr, ended } = process;
      return { stdout, stderr, ended, [Symbol.asyncDispose]: close };
    } catch (error) {
      await close();
      throw error;
    }
  };
}
