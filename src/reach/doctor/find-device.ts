/** Probes the ports of a device for a diagnosis: each is asked once, and one SSH session serves all questions. */
import { OsError } from '../../core/errors.ts';
import { combineIdentity } from '../../device/combine-identity.ts';
import type { Candidate } from '../../device/candidate.ts';
import { readEngine } from '../../device/engine-probe.ts';
import { readHostFacts } from '../../device/probe.ts';
import { reachDevice } from '../../device/reach-device.ts';
import { readSupervisor } from '../../device/supervisor-probe.ts';
import type { DeviceTarget } from '../../device/target.ts';
import type { DeviceAnswers, EngineAnswer, SshAnswer } from '../../doctor/device-answers.ts';
import { ports } from '../../net/ports.ts';
import { openTcp, PortFailure } from '../../net/tcp.ts';
import type { SshSession } from '../../ssh/session.ts';
import { systemLookup } from '../find/lookup.ts';
import { runOver } from '../find/probe.ts';
import { hostKeyNameOf } from '../host/known-host-keys.ts';
import { readUuid } from '../host/read-uuid.ts';
import { openUserSession } from '../host/user-session.ts';
import { proveKnown } from '../info/prove-known.ts';
import { readSupervisorMode } from '../info/read-supervisor-mode.ts';
import { noteOwnAddress } from '../own-address.ts';
import { prove } from '../prove.ts';
import type { ReachContext } from '../reach-context.ts';

/** Answers of a device, and the connection that they come over. */
export interface FoundDevice extends DeviceAnswers, AsyncDisposable {}

/** The first call's answer, for all. */
const once = <T>(read: () => Promise<T>): (() => Promise<T>) => {
  let answer: Promise<T> | undefined;
  return () => (answer ??= read());
};

async function askEngine(address: string, port: number, signal: AbortSignal): Promise<EngineAnswer> {
  const startedAt = performance.now();
  const answer = (said: string | null, facts: EngineAnswer['facts'] = null): EngineAnswer => ({
    port,
    facts,
    said,
    tookMs: performance.now() - startedAt,
  });
  try {
    (await openTcp(address, port, signal)).destroy();
  } catch (error) {
    if (error instanceof PortFailure) return answer(error.answer.outcome);
    throw error;
  }
  const facts = await readEngine(address, signal, [port]);
  return facts === null ? answer('no engine there') : answer(null, facts);
}

/** Opens the session; a port that fails is reported as the failure of the login. */
async function openSession(to: Candidate, context: ReachContext): Promise<SshSession> {
  const { address } = to;
  try {
    return await openUserSession(
      {
        address,
        port: ports.ssh,
        hostKeyName: hostKeyNameOf(to, ports.ssh),
        openSocket: within => openTcp(address, ports.ssh, within),
      },
      {},
      context,
    );
  } catch (error) {
    if (error instanceof PortFailure)
      throw new OsError('device-unreachable', `port ${ports.ssh.toString()}: ${error.answer.outcome}`);
    throw error;
  }
}

async function tellSsh(session: () => Promise<SshSession>): Promise<SshAnswer> {
  try {
    await session();
    return { isOpen: true, isLoggedIn: true, failure: null };
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    const { code, message, hint = null } = error;
    return { isOpen: code !== 'device-unreachable', isLoggedIn: false, failure: { code, message, hint } };
  }
}

/** The first of a device's ports that accepts shows that somebody is there. Throws an AggregateError of PortFailures. */
async function probeAnyPort(
  address: string,
  enginePorts: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.any(
    [ports.ssh, ...enginePorts, ports.supervisor].map(async port => {
      (await openTcp(address, port, signal)).destroy();
    }),
  );
}

/**
 * Finds the device `target` names and proves that it is the one meant. Throws what `reachDevice` and `prove` throw. Nobody is asked
 * for a passphrase.
 */
export async function findDevice(target: DeviceTarget, withPerson: ReachContext): Promise<FoundDevice> {
  const context = { ...withPerson, askPassphrase: undefined };
  const { signal } = context;
  const enginePorts = target.port === null ? ports.engine : [target.port];
  const { candidate } = await reachDevice<true>({
    target,
    lookup: systemLookup(context),
    signal,
    dial: async (to, attempt) => {
      if (to.source === 'known') await proveKnown(to, enginePorts, { ...context, signal: attempt.signal });
      await probeAnyPort(to.address, enginePorts, attempt.signal);
      return true;
    },
    dispose: () => Promise.resolve(),
  });
  const { address } = candidate;
  const session = once(() => openSession(candidate, context));
  const engines = once(() => Promise.all(enginePorts.map(port => askEngine(address, port, signal))));
  const supervisor = once(() => readSupervisor(address, signal));
  const ssh = once(() => tellSsh(session));
  const identity = once(async () => {
    const [answers, answering, { isOpen, isLoggedIn }] = await Promise.all([engines(), supervisor(), ssh()]);
    const host = isLoggedIn ? await readHostFacts(runOver(await session()), 'identity', signal) : null;
    const engine = answers.find(it => it.facts !== null)?.facts ?? null;
    return combineIdentity({ engine, supervisor: answering, host, isSshOpen: isOpen });
  });
  const close = async (): Promise<void> => {
    const opened = await session().catch(() => undefined);
    await opened?.[Symbol.asyncDispose]();
  };
  try {
    if (candidate.uuidPrefix !== null)
      await prove(candidate, {
        port: ports.ssh,
        engineId: (await engines()).find(it => it.facts !== null)?.facts?.id ?? null,
        hasKnownHostKey: true,
        readUuid: async () => readUuid(runOver(await session()), signal),
      });
  } catch (error) {
    await close();
    throw error;
  }
  noteOwnAddress(context, address, 'what is diagnosed here');
  return {
    name: candidate.host ?? target.text,
    address,
    engines,
    ssh,
    supervisor,
    supervisorMode: async ({ isManaged, container }) =>
      readSupervisorMode(
        { address, isAnswering: (await supervisor()) !== null, isManaged, container },
        signal,
      ),
    variant: async () => (await identity()).variant,
    async *runOnHost(script, within) {
      const running = await (await session()).exec(script, { signal: within });
      running.stdin.end();
      running.stderr.resume();
      yield* running.stdout as AsyncIterable<Buffer>;
      await running.ended;
    },
    [Symbol.asyncDispose]: close,
  };
}
