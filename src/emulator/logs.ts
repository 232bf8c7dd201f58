import { readFileIfPresent } from '../state/atomic-file.ts';
import { explainFileFailure } from '../state/file-failure.ts';
import type { DeviceRecord } from './device/device-record.ts';
import { getRecord } from './device/device-record.ts';
import type { EmulatorContext } from './place.ts';
import { devicePaths } from './place.ts';
import { getInit } from './machine/find-init.ts';
import { isRunning } from './machine/run-device.ts';
import { watchEnd } from './machine/watch-end.ts';
import { OsError } from '../core/errors.ts';
import { runTool } from './machine/tool.ts';

/** Reads the device's journal until it ends. Throws OsError `host-unsuitable` where it cannot be read, `connection-lost` if the device ends before. */
async function readJournal(
  context: EmulatorContext,
  record: DeviceRecord,
  isFollowing: boolean,
  onLine: (line: string) => void,
): Promise<void> {
  const init = await getInit(record);
  const journalctl = [
    'journalctl',
    '--no-pager',
    '--quiet',
    ...(isFollowing ? ['--follow', '--lines=100'] : []),
  ];
  // A journal that is followed stays open when its device is gone, and says nothing any more.
  using end = watchEnd(
    init,
    new OsError('connection-lost', `${record.name} went down or restarted`, {
      hint: `os emulator logs ${record.name} shows what it said last`,
    }),
  );
  // Into its files alone: for its processes nsenter would fork, and a signal would end only one of the two.
  await runTool('nsenter', ['--target', init.toString(), '--mount', '--', ...journalctl], {
    signal: AbortSignal.any([context.signal, end.signal]),
    onLine,
  });
}

/** Reads the journal of a running device; for one that is down, its last console output. */
export async function readLogs(
  context: EmulatorContext,
  name: string,
  options: { readonly isFollowing: boolean },
  onLine: (line: string) => void,
): Promise<void> {
  const record = await getRecord(context.place, name);
  if (isRunning(record)) {
    await readJournal(context, record, options.isFollowing, onLine);
    return;
  }
  const { console } = devicePaths(context.place, name);
  const text = await readFileIfPresent(console).catch((error: unknown) => {
    throw explainFileFailure(error, 'read', console);
  });
  if (text !== undefined) for (const line of text.trimEnd().split('\n')) onLine(line);
}
