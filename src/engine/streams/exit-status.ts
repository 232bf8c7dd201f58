import type Docker from 'dockerode';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionLost } from '../engine-errors.ts';

/** Time limit for the engine to know the exit status of a program whose output has ended. */
const statusPatienceMs = 5000;
const statusPauseMs = 20;

/** `GET /exec/ID/json`, as far as it is read. */
interface ExecState {
  readonly Running: boolean;
  readonly ExitCode: number | null;
}

/** The exit status of a program whose output has ended; the engine may report it some milliseconds after that. */
export async function readExitStatus(
  exec: Docker.Exec,
  where: string,
  signal?: AbortSignal,
): Promise<number> {
  const giveUpMs = performance.now() + statusPatienceMs;
  const options = signal === undefined ? {} : { abortSignal: signal };
  for (;;) {
    const { Running, ExitCode } = (await exec.inspect(options)) as ExecState;
    if (!Running && ExitCode !== null) return ExitCode;
    if (performance.now() > giveUpMs) throw connectionLost(where);
    await sleep(statusPauseMs, undefined, signal === undefined ? {} : { signal });
  }
}
