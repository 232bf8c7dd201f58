/** HostFiles over the commands of a running device. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { reportsFullDisk } from '../../core/full-disk.ts';
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { HostCommandOptions, HostCommandResult, HostCommands } from '../host-commands.ts';
import {
  changedMeanwhile,
  maxHostFileBytes,
  type HostEntry,
  type HostFiles,
  type HostStat,
} from '../host-files.ts';
import {
  listScript,
  readScript,
  removeScript,
  scriptStatus,
  statScript,
  writeScript,
} from './shell-scripts.ts';

function checkPath(file: string): void {
  const isNormal = file.startsWith('/') && path.posix.normalize(file) === file && !/.\/$|\0/.test(file);
  if (!isNormal) throw new TypeError(`not an absolute, normalised path: ${JSON.stringify(file)}`);
}

const lastLine = (text: string): string => sanitizeLine(text.trim().split('\n').at(-1) ?? '');

function failure(verb: string, file: string, { status, stderr }: HostCommandResult): OsError {
  const what = `cannot ${verb} ${sanitizeLine(file)}`;
  if (status === scriptStatus.wrongKind)
    return new OsError('host-refused', `${what}: a directory is where a file is meant, or the reverse`);
  if (status === scriptStatus.tooLarge)
    return new OsError('host-refused', `${what}: it is larger than ${maxHostFileBytes.toString()} bytes`);
  if (status === scriptStatus.changed) return changedMeanwhile(file);
  if (status === scriptStatus.cutOff)
    return new OsError('connection-lost', `${what}: not all of it arrived; the old content stays`);
  if (reportsFullDisk(stderr))
    return new OsError('no-space', `${what}: the device is out of space`, {
      hint: 'free some space on that partition, then try again',
    });
  const reason = lastLine(stderr).replace(/^.*: /, '') || `exit status ${status.toString()}`;
  return new OsError('host-refused', `${what}: ${reason}`);
}

function parseEntry(record: string): HostEntry {
  const [, kind = 'other', size = '0', name = ''] = /^(\w+) (\d+) (.*)$/s.exec(record) ?? [];
  return { name, kind: kind as HostEntry['kind'], sizeBytes: Number(size) };
}

function parseStat(printed: string): HostStat {
  const [mode = '', size = '', seconds = ''] = printed.trim().split(' ');
  const bits = Number.parseInt(mode, 16);
  // S_IFMT of <sys/stat.h>.
  const kind = (bits & 0xf000) === 0x8000 ? 'file' : (bits & 0xf000) === 0x4000 ? 'directory' : 'other';
  return {
    kind,
    sizeBytes: kind === 'file' ? Number(size) : 0,
    mode: bits & 0o7777,
    modifiedMs: Number(seconds) * 1000,
  };
}

/** The files of a running device, by its own shell. */
export function shellHostFiles(commands: HostCommands): HostFiles {
  /** Undefined if nothing exists there. */
  async function run(
    verb: string,
    file: string,
    script: string,
    options: HostCommandOptions,
  ): Promise<HostCommandResult | undefined> {
    options.signal?.throwIfAborted();
    const result = await commands.run(script, options);
    if (result.status === 0) return result;
    if (result.status === scriptStatus.missing) return undefined;
    throw failure(verb, file, result);
  }

  return {
    async read(file, options = {}) {
      checkPath(file);
      return (await run('read', file, readScript(file, maxHostFileBytes), options))?.bytes;
    },
    async writeAtomically(file, content, { mode, signal, replaces }) {
      checkPath(file);
      const input = Buffer.from(content);
      const sha256 = replaces && createHash('sha256').update(replaces).digest('hex');
      const script = writeScript(file, input.length, mode, sha256);
      await run('write', file, script, { input, ...(signal && { signal }) });
    },
    async list(directory, options = {}) {
      checkPath(directory);
      const result = await run('list', directory, listScript(directory), options);
      const records = result?.stdout.split('\0').slice(0, -1) ?? [];
      return records.map(parseEntry).sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    },
    async remove(file, options = {}) {
      checkPath(file);
      return (await run('remove', file, removeScript(file), options)) !== undefined;
    },
    async stat(file, options = {}) {
      checkPath(file);
      const result = await run('look at', file, statScript(file), options);
      return result && parseStat(result.stdout);
    },
  };
}
