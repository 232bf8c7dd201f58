import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { OsError } from '../core/errors.ts';
import { explainFileFailure } from '../state/file-failure.ts';
import { openLock } from '../state/lock.ts';
import { ensureBridge, lockNetworks } from './network/bridge.ts';
import { readConfigOf, writeDeviceFiles } from './device/device-files.ts';
import type { DeviceRecord, EmulatedSupervisorMode } from './device/device-record.ts';
import { rememberImageBoot } from './device/image-boot.ts';
import { checkDeviceName, findRecord, readRecords, writeRecord } from './device/device-record.ts';
import type { DeviceView } from './device/device-view.ts';
import { observeView, viewOf } from './device/device-view.ts';
import { checkDiskSpace } from './machine/disk-space.ts';
import { makeFault } from './machine/faults.ts';
import { checkHost } from './machine/host-check.ts';
import type { EmulatorContext, EmulatorPlace } from './place.ts';
import { devicePaths, devicesDirectory, step } from './place.ts';
import type { UpRequest } from './device/plan-record.ts';
import {
  candidateNetworks,
  checkSame,
  checkUuidIsFree,
  planRecord,
  planSupervisorMode,
} from './device/plan-record.ts';
import { waitUntilReady } from './device/readiness.ts';
import { ensureRootfs } from './root/rootfs-cache.ts';
import { isRunning, settleDevice, startDevice, stopDevice } from './machine/run-device.ts';
import { checkWatchBudget } from './machine/watch-budget.ts';

export interface UpResult {
  readonly device: DeviceView;
  /** It ran before; nothing was changed. */
  readonly wasRunning: boolean;
}

async function lastOfConsole(file: string): Promise<string> {
  // eslint-disable-next-line no-control-regex -- the console is coloured
  const text = (await readFile(file, 'utf8').catch(() => '')).replace(/\x1b\[[0-9;]*m/g, '');
  return text.trimEnd().split('\n').slice(-5).join('\n');
}

async function boot(
  context: EmulatorContext,
  record: DeviceRecord,
  rootfs: string,
  bridge: string,
): Promise<DeviceView> {
  const { place, signal } = context;
  const paths = devicePaths(place, record.name);
  let running = record;
  try {
    const { supervisor, ended } = await startDevice(place, record, rootfs, bridge);
    running = { ...record, supervisor };
    await writeRecord(place, running);
    const host = await waitUntilReady(context, running, ended).catch(async (error: unknown) => {
      if (!ended.aborted || signal.aborted) throw error;
      throw new OsError(
        'device-unreachable',
        `${record.name} does not boot:\n${await lastOfConsole(paths.console)}`,
        {
          hint: `its console is in ${paths.console}`,
          cause: error,
        },
      );
    });
    return viewOf(running, host);
  } catch (error) {
    await stopDevice(place, running, 0);
    throw error;
  }
}

/** Returns the error of an interruption with a hint about the remains of the device; returns other errors unchanged. */
async function explainRemains(context: EmulatorContext, name: string, error: unknown): Promise<unknown> {
  const { reason } = context.signal as { readonly reason: unknown };
  if (!context.signal.aborted || !(reason instanceof OsError)) return error;
  const record = await findRecord(context.place, name);
  if (record !== undefined && isRunning(record)) return error;
  return new OsError(reason.code, reason.message, {
    hint:
      record !== undefined
        ? `${name} is down, its files are kept: \`os emulator up ${name}\` boots it, \`os emulator rm ${name}\` deletes it`
        : `${name} was not made, and nothing of it is left`,
    cause: error,
  });
}

/** Boots a device, creates it first if there is none of that name, and waits until it answers. */
export async function bringUp(context: EmulatorContext, request: UpRequest): Promise<UpResult> {
  try {
    return await bringUpUnexplained(context, request);
  } catch (error) {
    throw await explainRemains(context, request.name, error);
  }
}

/** Throws OsError `host-unsuitable` where the supervisor's program has not been built. */
function checkSupervisorProgram({ supervisorProgram }: EmulatorPlace, mode: EmulatedSupervisorMode): void {
  if (mode === 'none' || existsSync(supervisorProgram ?? '')) return;
  throw new OsError(
    'host-unsuitable',
    `the emulated supervisor is not built: ${supervisorProgram ?? 'its program'} is missing`,
    {
      hint: 'build it first: npm run build; or leave it out: --supervisor none',
    },
  );
}

async function bringUpUnexplained(context: EmulatorContext, request: UpRequest): Promise<UpResult> {
  const { place, signal } = context;
  checkHost();
  const paths = devicePaths(place, checkDeviceName(request.name));
  const what = `the emulated device ${request.name}`;
  await using _lock = await openLock(paths.lock, { what, waitMs: 30_000, signal });
  const recorded = await findRecord(place, request.name);
  const former = recorded && (await settleDevice(place, recorded));
  if (former !== undefined && isRunning(former)) {
    checkSame(former, await readConfigOf(paths), request);
    return { device: await observeView(former, 3000, signal), wasRunning: true };
  }
  const readOthers = async (): Promise<DeviceRecord[]> =>
    (await readRecords(place)).filter(other => other.name !== request.name);
  checkUuidIsFree(request, await readOthers());
  await checkWatchBudget();
  await checkDiskSpace(devicesDirectory(place));
  const rootfs = await ensureRootfs(context);
  checkSupervisorProgram(place, planSupervisorMode(request, former));
  let created: { readonly record: DeviceRecord; readonly bridge: string } | undefined;
  await step(context, 'network', async () => {
    // Two devices that are made at the same time have two addresses.
    await using _networks = await lockNetworks(signal);
    const others = await readOthers();
    checkUuidIsFree(request, others);
    const { bridge, subnet } = await ensureBridge(context, candidateNetworks(request, former, others));
    const record = planRecord(request, former, subnet, others);
    await writeRecord(place, record);
    if (request.boot !== undefined) await rememberImageBoot(paths, request.boot);
    const isOther = former !== undefined && former.variant !== record.variant;
    const developmentMode = isOther ? record.variant !== 'production' : undefined;
    await writeDeviceFiles(paths, record, subnet, { ...request, developmentMode }).catch((error: unknown) => {
      throw explainFileFailure(error, 'write', paths.root);
    });
    created = { record, bridge };
    return `${record.address} on ${bridge}`;
  });
  if (created === undefined) throw new Error('unreachable: the network step made the device');
  const device = await boot(context, created.record, rootfs, created.bridge);
  const { fault } = request;
  if (fault !== undefined) {
    const record = (await findRecord(place, request.name)) ?? created.record;
    await step(context, 'fault', () => makeFault(record, fault, signal).then(() => fault));
  }
  return { device, wasRunning: false };
}
