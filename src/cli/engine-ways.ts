/**
 * Ways from a host to the engine on it, over its SSH server: the engine's socket where the server leads to sockets; else,
 * where it is too old or not allowed to, the engine's port on the host itself, or a program of the host in between.
 */
import type { Duplex } from 'node:stream';
import { OsError } from '../core/errors.ts';
import { ports } from '../device/identity.ts';
import { readEngineVersion } from '../engine/read-version.ts';
import type { SshSession } from '../ssh/session.ts';

/** Where engines listen on a device: balenaEngine, its releases 2.9 to 2.23, Docker. */
const socketPaths = ['/run/balena-engine.sock', '/var/run/balena.sock', '/var/run/docker.sock'];

/**
 * Prints the socket that is there, and below it a command that leads to it: the engine's own client (since 18.09), socat,
 * or the nc of OpenBSD.
 */
const findBridge = `
for socket in ${socketPaths.join(' ')}; do
  [ -S $socket ] || continue
  echo $socket
  for client in balena-engine balena docker; do
    case "$($client system dial-stdio --help 2>&1)" in
      *'system dial-stdio'*) echo "exec $client -H unix://$socket system dial-stdio"; exit ;;
    esac
  done
  command -v socat > /dev/null && echo "exec socat - UNIX-CONNECT:$socket" && exit
  case "$(nc -h 2>&1)" in *-U*) echo "exec nc -U $socket" ;; esac
  exit
done`;

/** Opens one connection to the engine of the device that the session is with. Throws OsError. */
type Way = (session: SshSession) => Promise<Duplex>;

/** A way that was tried, and what the engine at its end says of itself. */
export interface EngineWay {
  readonly open: Way;
  readonly version: Awaited<ReturnType<typeof readEngineVersion>>;
}

const isMissing = (error: unknown): boolean => error instanceof OsError && error.code === 'socket-missing';

/** The first way that leads to an engine. Throws OsError `device-unreachable` when none does. */
export async function findEngineWay(
  session: SshSession,
  where: string,
  signal: AbortSignal,
): Promise<EngineWay> {
  const ask = async (open: Way): Promise<EngineWay> => ({
    open,
    version: await readEngineVersion(() => open(session), signal),
  });
  const knock = async (open: Way): Promise<EngineWay | undefined> => {
    try {
      (await open(session)).destroy();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    return ask(open);
  };
  const direct: Way[] = [
    ...socketPaths.map(
      (path): Way =>
        over =>
          over.openUnixSocket(path),
    ),
    ...ports.engine.map(
      (port): Way =>
        over =>
          over.openPort(port),
    ),
  ];
  for (const open of direct) {
    const way = await knock(open);
    if (way !== undefined) return way;
  }
  const found = (await session.run(findBridge, { signal })).stdout.toString('utf8').trim();
  const [socket = '', command] = found.split('\n');
  if (socket === '')
    throw new OsError(
      'device-unreachable',
      `${where} has no engine: ${socketPaths.join(', ')} do not answer`,
      {
        hint: 'is its engine running? `os ssh` gets you a shell',
      },
    );
  if (command !== undefined) return ask(over => over.openBridge(command));
  throw new OsError(
    'device-unreachable',
    `${where} has an engine at ${socket}, but its SSH server leads to no sockets, and nothing else there does`,
    { hint: "leave --via ssh out where the engine's port is open, or allow AllowStreamLocalForwarding" },
  );
}
