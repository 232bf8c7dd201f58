import { execFile } from 'node:child_process';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { errnoOf, messageOf, OsError } from '../../core/errors.ts';
import type { DriveSystem } from './drive-system.ts';
import { lsblkColumns, parseDrives, parseMounts } from './lsblk.ts';

const execute = promisify(execFile);
const environment = { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

const run = (
  command: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<{ readonly stdout: string }> =>
  execute(command, args, { env: environment, ...(signal === undefined ? {} : { signal }) });

async function readOrEmpty(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return '';
  }
}

/** A file of each block device that has it, by the device's name. */
async function readOfEach(names: readonly string[], file: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const content = (await readOrEmpty(path.join('/sys/block', name, file))).trim();
    if (content !== '') found[name] = content;
  }
  return found;
}

/** Gives the loop devices of one file the same name of it, whatever its links and mounts are called. */
async function nameByFile(backingFiles: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const names = new Map<string, string>();
  const named: Record<string, string> = {};
  for (const [device, file] of Object.entries(backingFiles)) {
    const found = await stat(file).catch(() => undefined);
    const identity = found === undefined ? file : `${found.dev.toString()}:${found.ino.toString()}`;
    if (!names.has(identity)) names.set(identity, file);
    named[device] = names.get(identity) ?? file;
  }
  return named;
}

/** glibc's encoding, makedev(3). */
function formatNumber(device: number): string {
  const major = ((device >>> 8) & 0xfff) | (Math.floor(device / 2 ** 32) & ~0xfff);
  const minor = (device & 0xff) | ((device >>> 12) & ~0xff);
  return `${major.toString()}:${minor.toString()}`;
}

/** The drives of a Linux machine: util-linux and the kernel's own files. */
export const linuxDrives: DriveSystem = {
  async list(signal) {
    let lsblk: string;
    try {
      lsblk = (await run('lsblk', ['--json', '--bytes', '--output', lsblkColumns], signal)).stdout;
    } catch (error) {
      signal.throwIfAborted();
      throw new OsError(
        'host-unsuitable',
        `cannot list the drives: lsblk ${errnoOf(error) === 'ENOENT' ? 'is missing' : 'failed'}`,
        {
          hint: 'install util-linux',
          cause: error,
        },
      );
    }
    const names = await readdir('/sys/block');
    return parseDrives({
      lsblk,
      mountinfo: await readFile('/proc/self/mountinfo', 'utf8'),
      swaps: await readOrEmpty('/proc/swaps'),
      mmcTypes: await readOfEach(names, 'device/type'),
      backingFiles: await nameByFile(await readOfEach(names, 'loop/backing_file')),
    });
  },
  // In a slot of the machine, model and serial are those of the card.
  readerOf: ({ bus, model, serial }) => JSON.stringify(bus === 'sd' ? [bus] : [bus, model, serial]),
  async devicesOf(file) {
    const real = await realpath(file);
    const stats = await stat(real);
    if (stats.isBlockDevice()) return [formatNumber(stats.rdev)];
    // A file system on several devices has a device number of its own; the mount table names its source.
    const mounts = parseMounts(await readFile('/proc/self/mountinfo', 'utf8'))
      .filter(({ mountPoint }) => mountPoint === '/' || `${real}/`.startsWith(`${mountPoint}/`))
      .sort((a, b) => b.mountPoint.length - a.mountPoint.length);
    const source = mounts[0]?.source ?? '';
    const numbers = [formatNumber(stats.dev)];
    if (source.startsWith('/dev/'))
      try {
        numbers.push(formatNumber((await stat(source)).rdev));
      } catch (error) {
        if (errnoOf(error) === undefined) throw error;
      }
    return numbers;
  },
  async unmount(mountPoint, signal) {
    try {
      await run('umount', [mountPoint], signal);
    } catch (error) {
      signal.throwIfAborted();
      throw new OsError(
        'busy',
        `cannot unmount ${mountPoint}: ${messageOf(error).split('\n')[1] ?? 'umount failed'}`,
        {
          hint: 'close what uses it, and try again',
          cause: error,
        },
      );
    }
  },
  async dropCache(drive) {
    await run('blockdev', ['--flushbufs', drive]);
  },
  async rereadTable(drive) {
    await run('blockdev', ['--rereadpt', drive]).catch(() => undefined);
  },
  writePath: path => path,
};
