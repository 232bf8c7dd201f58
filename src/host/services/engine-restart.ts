/** A restart of the engine ends all containers, and starts those again that have a restart policy. */
import { isSupervisorName } from '../../net/supervisor-names.ts';
import type { HostCommands } from '../host-commands.ts';

/** The units of balenaEngine, and of Docker. */
export const engineUnits = ['balena.service', 'docker.service'];

const units = engineUnits.join(' ');

/** Lines of shell that define `engine`, which runs the engine's own client, if the device has one. */
const defineClient = `engine() {
  for c in balena-engine balena docker; do command -v $c >/dev/null || continue; $c "$@" 2>/dev/null; return; done
}`;

/** An engine before it restarts. */
export interface EngineBefore {
  /** Process ids of its units, of which 0 is none. */
  readonly pids: string;
  /** Ids of the running containers. */
  readonly running: readonly string[];
}

/** Reads what `settleEngine` and `findLeftStopped` compare. Throws what `commands.run` throws. */
export async function readEngine(commands: HostCommands, signal: AbortSignal): Promise<EngineBefore> {
  const question = `echo $(systemctl show -p MainPID --value ${units} 2>/dev/null)
${defineClient}
engine ps -q --no-trunc; true`;
  const { stdout } = await commands.run(question, { signal });
  const [pids = '', ...ids] = stdout.trim().split('\n');
  return {
    pids: pids.replaceAll(/[^\d ]/g, '').trim(),
    running: ids.filter(id => /^[0-9a-f]{64}$/.test(id)),
  };
}

/**
 * Waits on the device, for six seconds at most, until the engine has restarted and accepts requests: the OS restarts it some time
 * after it has taken a new host name.
 */
export async function settleEngine(
  commands: HostCommands,
  { pids }: EngineBefore,
  signal: AbortSignal,
): Promise<void> {
  if (!/[1-9]/.test(pids)) return;
  const loop = `n=0
while [ $n -lt 24 ]; do
  p="$(echo $(systemctl show -p MainPID --value ${units} 2>/dev/null))"
  [ "$p" != "${pids}" ] && ! systemctl is-active ${units} 2>/dev/null | grep -q activating && break
  n=$((n + 1)); sleep 0.25
done`;
  await commands.run(loop, { signal });
}

/**
 * Returns the names of the containers that ran before and do not now, as they have no restart policy that starts them again. That
 * of a supervisor is not among them: the OS starts it. An engine that does not answer has none.
 */
export async function findLeftStopped(
  commands: HostCommands,
  { running }: EngineBefore,
  signal: AbortSignal,
): Promise<string[]> {
  if (running.length === 0) return [];
  const format = '{{.State.Running}} {{.HostConfig.RestartPolicy.Name}} {{.Name}}';
  const question = `${defineClient}
engine inspect --type container --format '${format}' ${running.join(' ')}; true`;
  const { stdout } = await commands.run(question, { signal });
  return stdout
    .split('\n')
    .flatMap(line => /^false (?:no|on-failure)? ?\/(\S+)$/.exec(line)?.[1] ?? [])
    .filter(name => !isSupervisorName(name))
    .sort();
}
