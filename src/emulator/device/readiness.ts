import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import { waitForAnnouncement } from '../network/announcement.ts';
import { waitForEngine, waitForSsh, waitForSupervisor } from '../network/answering.ts';
import { checkDiskSpace } from '../machine/disk-space.ts';
import { systemClock } from '../../core/clock.ts';
import { isEngineOpen, namesCloud } from './device-files.ts';
import type { DeviceRecord } from './device-record.ts';
import { ports } from '../../net/ports.ts';
import { isThereSoonAfter } from './soon-after.ts';
import type { EmulatorContext } from '../place.ts';
import { devicePaths, step } from '../place.ts';
import { gatewayOf, parseSubnet } from '../network/subnet.ts';

const limitMs = 60_000;

/**
 * Time for the supervisor after everything else answers. A device without it is of use too, and on some machines it cannot run: this
 * machine's Node starts it, whose libraries a device may lack.
 */
const supervisorGraceMs = 10_000;

/**
 * Waits until the device answers on every port it should and announces itself; returns its name on the network. Throws
 * OsError `device-unreachable` naming the missing answers.
 */
export async function waitUntilReady(
  context: EmulatorContext,
  record: DeviceRecord,
  ended: AbortSignal,
): Promise<string> {
  using deadline = openDeadline(AbortSignal.any([context.signal, ended]), limitMs);
  const { signal } = deadline;
  const { address, enginePort } = record;
  const waiting = new Set<string>();
  const answered = async (what: string, work: () => Promise<string | null>): Promise<void> => {
    waiting.add(what);
    await step(context, what, work);
    waiting.delete(what);
  };
  const paths = devicePaths(context.place, record.name);
  // Nothing is awaited between the start of a wait and that of all: one that fails then would end the process.
  const hasEngine = await isEngineOpen(paths);
  const isSupervisorOpen = !(await namesCloud(paths));
  const { supervisorMode = 'none' } = record;
  let host = '';
  const all = [
    answered('ssh', async () => {
      await waitForSsh(address, ports.ssh, signal);
      return `port ${ports.ssh.toString()}`;
    }),
    answered('announcement', async () => {
      ({ host } = await waitForAnnouncement(address, gatewayOf(parseSubnet(record.subnet)), signal));
      return host;
    }),
  ];
  if (hasEngine)
    all.push(
      answered('engine', async () => {
        await waitForEngine(address, enginePort, '/_ping', signal);
        await waitForEngine(address, enginePort, '/images/busybox:latest/json', signal);
        return `port ${enginePort.toString()}`;
      }),
    );
  if (hasEngine && supervisorMode !== 'none') {
    const wait = (within: AbortSignal): Promise<void> =>
      waitForSupervisor(address, enginePort, { isOpen: isSupervisorOpen }, within);
    const others = Promise.all(all);
    all.push(
      answered('supervisor', async () =>
        (await isThereSoonAfter(others, wait, { graceMs: supervisorGraceMs, clock: systemClock, signal }))
          ? supervisorMode
          : `does not start; \`os emulator logs ${record.name}\` tells why`,
      ),
    );
  }
  try {
    await Promise.all(all);
  } catch (error) {
    await Promise.allSettled(all);
    if (!signal.aborted || context.signal.aborted || ended.aborted) throw error;
    await checkDiskSpace(paths.root);
    throw new OsError(
      'device-unreachable',
      `${record.name} has booted but does not answer: ${[...waiting].join(', ')}`,
      {
        hint: 'see `os emulator logs`, and that no firewall of this machine filters its bridge',
        cause: error,
      },
    );
  }
  return host;
}
