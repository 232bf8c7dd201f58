import { lstat, mkdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { errnoOf, messageOf, OsError } from '../core/errors.ts';
import { openLock } from '../state/lock.ts';
import { joinStreams } from '../net/join-streams.ts';

/** The longest path that every system takes for a socket. */
const longestPath = 100;
const lockWaitMs = 5000;

/** True unless nobody listens there: a program may be too busy to answer at once. */
async function isServed(file: string): Promise<boolean> {
  const socket = connect(file);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ECONNREFUSED' && errnoOf(error) !== 'ENOENT';
  } finally {
    socket.destroy();
  }
}

async function listen(server: Server, file: string): Promise<void> {
  // A connection is the device's engine, so nobody else may make one, from the moment at which the socket is there.
  const umask = process.umask(0o177);
  try {
    server.listen(file);
  } finally {
    process.umask(umask);
  }
  await once(server, 'listening');
}

export interface ServedSocket extends AsyncDisposable {
  readonly path: string;
}

/**
 * A Unix socket of this machine, for this user alone, each of whose connections leads where `openRemote` does. A socket that a
 * program left behind is replaced. Throws OsError `busy` where another program serves it.
 */
export async function serveSocket(
  file: string,
  openRemote: () => Promise<Duplex>,
  onFailure: (reason: string) => void,
): Promise<ServedSocket> {
  if (process.platform !== 'win32' && Buffer.byteLength(file) > longestPath)
    throw new OsError('state-unusable', `the path is too long for a socket: ${file}`, {
      hint: 'set XDG_STATE_HOME to a shorter one',
    });
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, local => {
    open.add(local);
    local.on('close', () => open.delete(local));
    // Until the other end is there an error shows as a destroyed socket.
    local.on('error', () => undefined);
    openRemote().then(
      remote => {
        if (local.destroyed) remote.destroy();
        else joinStreams(local, { stream: remote, isCut: () => false });
      },
      (error: unknown) => {
        onFailure(messageOf(error));
        local.destroy();
      },
    );
  });
  {
    // Two that find the same left socket would each remove it, the later one that of the other.
    await using _lock = await openLock(`${file}.lock`, { what: file, waitMs: lockWaitMs });
    try {
      await listen(server, file);
    } catch (error) {
      if (errnoOf(error) !== 'EADDRINUSE') throw error;
      const isSocket = await lstat(file).then(
        it => it.isSocket(),
        () => true,
      );
      if (!isSocket)
        throw new OsError('state-unusable', `${file} is in the way of a socket: it is left as it is`, {
          hint: 'move it away, or give another --name',
        });
      if (await isServed(file))
        throw new OsError('busy', `another os context serves ${file} already`, {
          hint: 'use that one, or end it',
        });
      await rm(file, { force: true });
      await listen(server, file);
    }
  }
  return {
    path: file,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
