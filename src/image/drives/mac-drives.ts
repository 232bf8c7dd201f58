/**
 * The drives of macOS, written to the manual pages of Apple's tools (diskutil(8)). NOT RUN: there was no Mac to run it on. What
 * the tools print is tested in test/unit/image/drives/diskutil.test.ts.
 */
import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import { messageOf, OsError } from '../../core/errors.ts';
import { parseDiskutil, parseWholeDisks } from './diskutil.ts';
import type { DriveSystem } from './drive-system.ts';

const execute = promisify(execFile);

async function run(command: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  const { stdout } = await execute(command, args, signal === undefined ? {} : { signal });
  return stdout;
}

export const macDrives: DriveSystem = {
  async list(signal) {
    try {
      const list = await run('diskutil', ['list', '-plist'], signal);
      const infos: Record<string, string> = {};
      for (const name of parseWholeDisks(list))
        infos[name] = await run('diskutil', ['info', '-plist', name], signal);
      return parseDiskutil({ list, infos });
    } catch (error) {
      signal.throwIfAborted();
      throw new OsError('host-unsuitable', `cannot list the drives: ${messageOf(error)}`, { cause: error });
    }
  },
  async devicesOf(file) {
    const real = await realpath(file);
    // The last line of df(1) begins with the device: /dev/disk3s1.
    const line = (await run('df', ['-P', real])).trim().split('\n').at(-1) ?? '';
    const device = /^\/dev\/(disk\S+)/.exec(line)?.[1];
    return device === undefined ? [] : [device];
  },
  async unmount(mountPoint, signal) {
    try {
      await run('diskutil', ['unmount', mountPoint], signal);
    } catch (error) {
      signal.throwIfAborted();
      throw new OsError('busy', `cannot unmount ${mountPoint}`, {
        hint: 'close what uses it, and try again',
        cause: error,
      });
    }
  },
  // The UUID that diskutil reports is content of the card, so that it tells nothing about the reader.
  readerOf: ({ bus, model }) => JSON.stringify([bus, model]),
  // Reads through the raw device come from the drive, not from a cache.
  dropCache: () => Promise.resolve(),
  async rereadTable() {
    // diskarbitrationd looks by itself once the device is closed.
  },
  writePath: path => path.replace(/^\/dev\/disk/, '/dev/rdisk'),
};
