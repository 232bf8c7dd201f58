/**
 * Ways from a host to the engine on it, over its SSH server: the engine's socket if the server forwards to sockets;
 * else, if it is too old or not allowed to, the engine's port on the host itself, or a program of the host in between.
 */
import type { Duplex } from 'node:stream';
import { OsError } from '../../core/errors.ts';
import { ports } from '../../net/ports.ts';
import { readEngineVersion } from '../../engine/connect/read-version.ts';
import type { SshSession } from '../../ssh/session.ts';

/** Sockets of engines on a device: balenaEngine, its releases 2.9 to 2.23, Docker. */
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

/** A way that was tried, and the version of the engine at its end. */
export interface EngineWay {
  readonly open: Way;
  readonly version: Awaited<ReturnType<typeof readEngineVersion>>;
}

const isMissing = (error: unknown): boolean =>
  error instanceof OsError && (error.code === 'socket-missing' || error.code === 'host-refused');

/**
 * Returns the first way that leads to an engine; `enginePort` is the port that a person gave. Throws OsError
 * `device-unreachable` if none does.
 */
export async function findEngineWay(
  session: SshSession,
  {
    where,
    enginePort,
    signal,
  }: { readonly where: string; readonly enginePort: number | null; readonly signal: AbortSignal },
): Promise<EngineWay> {
  const ask = async (open: Way): Promise<EngineWay> => ({
    open,
    version: await readEngineVersion(where, () => open(session), signal),
  });
  const tryWay = async (open: Way): Promise<EngineWay | undefined> => {
    try {
      (await open(session)).destroy();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    return ask(open);
  };
  const toPort =
    (port: number): Way =>
    over =>
      over.openPort(port);
  const toSocket =
    (path: string): Way =>
    over =>
      over.openUnixSocket(path);
  const isElsewhere = enginePort !== null && !(ports.engine as readonly number[]).includes(enginePort);
  const direct: Way[] = [
    ...(isElsewhere ? [toPort(enginePort)] : []),
    ...socketPaths.map(toSocket),
    ...ports.engine.map(toPort),
  ];
  for (const open of direct) {
    const way = await tryWay(open);
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
