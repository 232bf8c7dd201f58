/** FarFiles over commands: of a host through SSH, or of a running container through the engine. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { reportsFullDisk } from '../core/full-disk.ts';
import { OsError } from '../core/errors.ts';
import { onAbort } from '../core/on-abort.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { shellQuote } from '../core/shell-quote.ts';
import type { RemoteCommand } from '../ssh/session.ts';
import { isWorthArchive, untilSettled, type DirectArchive } from './direct-archive.ts';
import { MissingPrograms, type FarFiles } from './far-files.ts';
import { collectedIn, farStatus, readScript, writeScript } from './far-scripts.ts';

/** Starts a program there, its words unchanged. */
export type StartFar = (words: readonly string[], signal: AbortSignal) => Promise<RemoteCommand>;

const shownBytes = 4096;

/** The line of a command's stderr that tells why it failed. */
function listen(stderr: Readable): () => string {
  let text = '';
  stderr.setEncoding('utf8').on('data', (part: string) => {
    text = `${text}${part}`.slice(-shownBytes);
  });
  // The last line of tar sums up: the cause stands above it.
  return () => {
    const lines = text.trim().split('\n');
    return sanitizeLine(lines.find(reportsFullDisk) ?? lines.at(-1) ?? '');
  };
}

const codes: Readonly<Partial<Record<number, 'usage' | 'connection-lost' | 'host-refused'>>> = {
  [farStatus.missing]: 'usage',
  [farStatus.noParent]: 'usage',
  [farStatus.inTheWay]: 'usage',
  [farStatus.cutOff]: 'connection-lost',
};

/** `isService`: of a container, not of the host. */
function failure(
  { where, isService }: { readonly where: string; readonly isService: boolean },
  status: number,
  said: string,
): Error {
  if (status === farStatus.noProgram)
    return new MissingPrograms('host-refused', `${where} has no program ${said}, which copies need`, {
      hint: 'for one file: os ssh DEVICE -- cat FILE, and os ssh DEVICE -- "cat > FILE" with the file as stdin',
    });
  if (status === farStatus.noFile)
    return new OsError('usage', `${where}: ${said} is neither a file nor a directory`);
  if (status === farStatus.ofKernel)
    return new OsError('usage', `${where}: ${said} is of the kernel, and has no size that can be copied`, {
      hint: `for one file: os ssh ${isService ? 'DEVICE SERVICE' : 'DEVICE'} -- cat ${shellQuote(said)}`,
    });
  if (status === farStatus.missing) return new OsError('usage', `${where} has no ${said}`);
  if (reportsFullDisk(said))
    return new OsError('no-space', `${where} is out of space: ${said}`, {
      hint: 'nothing of it stays there; free some space, then try again',
    });
  return new OsError(
    codes[status] ?? 'host-refused',
    `${where}: ${said || `exit status ${status.toString()}`}`,
  );
}

async function exitOf({ ended }: RemoteCommand): Promise<number> {
  const exit = await ended;
  return 'status' in exit ? exit.status : 128;
}

/** Time limit for a command that was asked to end to clean up. */
const goodbyeMs = 10_000;

/** Ends the command when `signal` aborts, so that it removes what it has begun. Disposing waits for that. */
function endOnAbort(command: RemoteCommand, signal: AbortSignal): AsyncDisposable {
  let ending: Promise<void> | undefined;
  const listening = onAbort(signal, () => {
    ending = (async () => {
      const timer = setTimeout(() => command.close(), goodbyeMs);
      try {
        await command.kill('TERM', goodbyeMs);
        await command.ended;
      } catch {
        // A lost connection is reported by whoever reads from the command.
      } finally {
        clearTimeout(timer);
      }
    })();
  });
  return {
    async [Symbol.asyncDispose]() {
      listening[Symbol.dispose]();
      await ending;
    },
  };
}

/** Time limit for a command to end by itself once nobody reads its archive: it may say why the archive is damaged. */
const drainMs = 1000;

/**
 * Drops what `command` still sends once the reader of `tar` has given up, as it never ends otherwise, and then stops it.
 * Disposing stops the timer.
 */
function drainOnceAbandoned(
  tar: Readable,
  command: RemoteCommand,
): Disposable & { readonly isStopped: boolean } {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  tar.once('close', () => {
    if (command.stdout.readableEnded) return;
    command.stdout.resume();
    timer = setTimeout(() => {
      isStopped = true;
      command.close();
    }, drainMs);
  });
  return {
    get isStopped() {
      return isStopped;
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

/** `where` is for messages: `mydevice`, or `web on mydevice`; `direct` is the short cut for large copies into a container. */
export function shellFarFiles(start: StartFar, where: string, direct?: DirectArchive): FarFiles {
  const place = { where, isService: direct !== undefined };
  return {
    async read(paths, signal) {
      const command = await start(['sh', '-c', readScript, 'sh', ...paths], signal);
      const said = listen(command.stderr);
      command.stdin.end();
      const tar = command.stdout.pipe(new PassThrough());
      const reading = drainOnceAbandoned(tar, command);
      const status = exitOf(command);
      const end = async (): Promise<void> => {
        using _reading = reading;
        await using _ending = endOnAbort(command, signal);
        const code = await status.catch((error: unknown) => {
          if (reading.isStopped) return 0;
          throw error;
        });
        signal.throwIfAborted();
        if (reading.isStopped) return;
        if (code !== 0) throw failure(place, code, said());
      };
      const ended = end();
      ended.catch(() => undefined);
      // A failure before the first byte is told here.
      using running = untilSettled(signal, status);
      const readable = once(tar, 'readable', { signal: running.signal });
      if (
        await readable.then(
          () => tar.readableLength === 0,
          () => true,
        )
      )
        await ended;
      return { tar, ended };
    },

    async write(request, pack, signal) {
      const { destination, how, name } = request;
      const nonce = randomBytes(8).toString('hex');
      const words = [destination, how, name, nonce, direct === undefined ? 'unpack' : 'ask'];
      const command = await start(['sh', '-c', writeScript, 'sh', ...words], signal);
      await using _ending = endOnAbort(command, signal);
      const said = listen(command.stderr);
      const status = exitOf(command);
      status.catch(() => undefined);
      let tar: Readable | undefined;
      const send = async (): Promise<void> => {
        if (direct !== undefined) {
          using running = untilSettled(signal, status);
          await once(command.stdout, 'data', { signal: running.signal });
          const directory = collectedIn(destination, how, nonce);
          if (isWorthArchive(request) && (await direct.reaches(directory, running.signal))) {
            tar = pack({ areHolesKept: true });
            await direct.put(directory, tar, running.signal);
            command.stdin.write('there\n');
            return;
          }
          command.stdin.write('unpack\n');
        }
        tar = pack({ areHolesKept: true });
        await pipeline(tar, command.stdin);
      };
      // If the device ends early, its own message is reported, not the broken pipe.
      const sent = send().then(
        () => undefined,
        (error: unknown) => error,
      );
      command.stdout.resume();
      const stopped = status.finally(() => tar?.destroy());
      stopped.catch(() => undefined);
      const problem = await sent;
      command.stdin.end();
      const code = await status;
      signal.throwIfAborted();
      // A file of this machine that cannot be read is why the device got no whole archive.
      if (problem instanceof OsError) throw problem;
      if (code !== 0) throw failure(place, code, said());
      if (problem !== undefined) throw problem as Error;
    },
  };
}
