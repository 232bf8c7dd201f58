import { readFile } from 'node:fs/promises';
import { OsError } from '../core/errors.ts';
import { explainFileFailure } from '../state/file-failure.ts';
import { openLock } from '../state/lock.ts';
import { ensureBridge } from './bridge.ts';
import { writeDeviceFiles } from './device-files.ts';
import type { DeviceRecord } from './device-record.ts';
import { checkDeviceName, findRecord, readRecords, writeRecord } from './device-record.ts';
import type { DeviceView } from './device-view.ts';
import { observeView, viewOf } from './device-view.ts';
import { checkHost } from './host-check.ts';
import type { EmulatorContext } from './place.ts';
import { devicePaths, step } from './place.ts';
import type { UpRequest } from './plan-record.ts';
import { checkSame, checkUuidIsFree, networksToTry, planRecord } from './plan-record.ts';
import { waitUntilReady } from './readiness.ts';
import { ensureRootfs } from './rootfs-cache.ts';
import { isRunning, settleDevice, startDevice, stopDevice } from './run-device.ts';
import { checkWatchBudget } from './watch-budget.ts';

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

/** Boots a device, made first when there is none of that name, and waits until it answers. */
export async function bringUp(context: EmulatorContext, request: UpRequest): Promise<UpResult> {
  const { place, signal } = context;
  checkHost();
  const paths = devicePaths(place, checkDeviceName(request.name));
  const what = `the emulated device ${request.name}`;
  await using _lock = await openLock(paths.lock, { what, waitMs: 30_000, signal });
  const recorded = await findRecord(place, request.name);
  const former = recorded && (await settleDevice(place, recorded));
  if (former !== undefined && isRunning(former)) {
    checkSame(former, request);
    return { device: await observeView(former, 3000, signal), wasRunning: true };
  }
  const others = (await readRecords(place)).filter(other => other.name !== request.name);
  checkUuidIsFree(request, others);
  await checkWatchBudget();
  const rootfs = await ensureRootfs(context);
  let made: { record: DeviceRecord; bridge: string } | undefined;
  await step(context, 'network', async () => {
    const { bridge, subnet } = await ensureBridge(context, networksToTry(request, former, others));
    const record = planRecord(request, former, subnet, others);
    await writeRecord(place, record);
    const isOther = former !== undefined && former.variant !== record.variant;
    const developmentMode = isOther ? record.variant !== 'production' : undefined;
    await writeDeviceFiles(paths, record, subnet, { ...request, developmentMode }).catch((error: unknown) => {
      throw explainFileFailure(error, 'write', paths.root);
    });
    made = { record, bridge };
    return `${record.address} on ${bridge}`;
  });
  if (made === undefined) throw new Error('unreachable: the network step made the device');
  return { device: await boot(context, made.record, rootfs, made.bridge), wasRunning: false };
}
