/**
 * Ways from a host to the engine on it, over its SSH server: the engine's socket where the server leads to sockets; else,
 * where it is too old or not allowed to, the engine's port on the host itself, or a program of the host in between.
 */
import { OsError } from '../core/errors.ts';
import { ports } from '../device/identity.ts';
import { readEngineVersion } from '../engine/read-version.ts';
import type { OpenSocket } from '../engine/socket-agent.ts';
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

/** A way that was tried, and what the engine at its end says of itself. */
export interface EngineWay {
  readonly openSocket: OpenSocket;
  readonly version: Awaited<ReturnType<typeof readEngineVersion>>;
}

const isMissing = (error: unknown): boolean => error instanceof OsError && error.code === 'socket-missing';

/** The first way that leads to an engine. Throws OsError `device-unreachable` when none does. */
export async function findEngineWay(
  session: SshSession,
  where: string,
  signal: AbortSignal,
): Promise<EngineWay> {
  const knock = async (openSocket: OpenSocket): Promise<EngineWay | undefined> => {
    try {
      (await openSocket()).destroy();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    return { openSocket, version: await readEngineVersion(openSocket, signal) };
  };
  const direct: OpenSocket[] = [
    ...socketPaths.map(path => () => session.openUnixSocket(path)),
    ...ports.engine.map(port => () => session.openPort(port)),
  ];
  for (const openSocket of direct) {
    const way = await knock(openSocket);
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
  if (command !== undefined) {
    const openSocket: OpenSocket = () => session.openBridge(command);
    return { openSocket, version: await readEngineVersion(openSocket, signal) };
  }
  throw new OsError(
    'device-unreachable',
    `${where} has an engine at ${socket}, but its SSH server leads to no sockets, and nothing else there does`,
    { hint: "leave --via ssh out where the engine's port is open, or allow AllowStreamLocalForwarding" },
  );
}
