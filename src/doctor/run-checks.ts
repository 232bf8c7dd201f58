import { randomBytes } from 'node:crypto';
import { openDeadline } from '../core/deadline.ts';
import { messageOf } from '../core/errors.ts';
import { formatDuration } from '../core/units.ts';
import { unlessAborted } from '../core/unless-aborted.ts';
import type { Check, Room, Sources } from './check.ts';
import type { DeviceAnswers } from './device-answers.ts';
import { unknown, type BlockingStatus, type Finding } from './finding.ts';
import { askHost } from './host-questions.ts';
import type { Machine } from './machine/machine.ts';

/** One check's finding. */
export type Outcome = Finding & { readonly check: string; readonly title: string; readonly room: Room };

export interface Diagnosis {
  /** The device as a person knows it; null where none was found or asked for. */
  readonly device: string | null;
  readonly address: string | null;
  readonly outcomes: readonly Outcome[];
  /** Exit status of what blocks: 0 where nothing does, else the first of 3, 4, 9. */
  readonly exitCode: 0 | BlockingStatus;
}

export interface RunChecksOptions {
  readonly machine: Machine;
  /** Finds the device. Rejects with an OsError where there is none. Called once. */
  readonly findDevice: () => Promise<DeviceAnswers>;
  readonly signal: AbortSignal;
  /** The most that one check may take. */
  readonly limitMs: number;
}

const order: readonly BlockingStatus[] = [3, 4, 9];

/** The exit status of what blocks. */
export const blockingStatus = (findings: readonly Finding[]): 0 | BlockingStatus =>
  order.find(status => findings.some(it => it.result === 'blocks' && it.exitCode === status)) ?? 0;

/** Names the device in commands of the advice, so that they work as they are. A name that a shell would not take as it is stays out. */
function withName(outcome: Outcome, name: string): Outcome {
  if (!('advice' in outcome) || !/^[\w.:%-]+$/.test(name)) return outcome;
  return { ...outcome, advice: outcome.advice.replace(/\bDEVICE\b/g, name) };
}

/**
 * Runs all checks at the same time. One that fails or takes too long "could not tell" and ends no other. Throws the
 * signal's reason alone.
 */
export async function runChecks(
  checks: readonly Check[],
  { machine, findDevice, signal, limitMs }: RunChecksOptions,
): Promise<Diagnosis> {
  using end = openDeadline(signal, limitMs);
  const within = end.signal;
  const device = unlessAborted(findDevice(), within);
  device.catch(() => undefined);
  const answers = askHost(checks, {
    run: async (script, until) => (await device).runOnHost(script, until),
    boundary: `answer-${randomBytes(9).toString('hex')}`,
    signal: within,
  });
  const runOne = async (check: Check): Promise<Finding> => {
    const sources: Sources = {
      machine,
      device: () => device,
      answer: () => answers.get(check.question ?? ''),
      signal: within,
    };
    try {
      return await unlessAborted(check.run(sources), within);
    } catch (error) {
      signal.throwIfAborted();
      return unknown(within.aborted ? `no answer in ${formatDuration(limitMs)}` : messageOf(error));
    }
  };
  const outcomes = await Promise.all(
    checks.map(async (check): Promise<Outcome> => ({
      check: check.id,
      title: check.title,
      room: check.room,
      ...(await runOne(check)),
    })),
  );
  const found = await device.catch(() => null);
  return {
    device: found?.name ?? null,
    address: found?.address ?? null,
    outcomes: found === null ? outcomes : outcomes.map(outcome => withName(outcome, found.name)),
    exitCode: blockingStatus(outcomes),
  };
}
