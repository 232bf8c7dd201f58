import { exitCodes, OsError } from '../../core/errors.ts';
import { toJsonLine } from '../../core/json-line.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Output } from '../../ui/output.ts';
import type { Endpoint, Place } from '../place.ts';
import { openDeviceOutput, type DeviceAnswer } from './device-output.ts';
import type { NamedDevice } from './expand-devices.ts';

/**
 * Exit statuses, the most severe first: what ends the command on all devices, what is wrong with `os` or the project, what went
 * wrong on a device that was reached, what was not reached. Those of programs on devices follow, the highest first.
 */
const bySeverity = [143, 130, 141, 1, 7, 5, 6, 9, 10, 8, 4, 3, 2];

export interface Ending {
  readonly exitStatus: number;
  /** True if it is the status of a program on the device. */
  readonly isRemote: boolean;
}

const rank = ({ exitStatus, isRemote }: Ending): number => {
  const place = bySeverity.indexOf(exitStatus);
  return isRemote || place === -1 ? bySeverity.length : place;
};

/** The most severe exit status of `endings`; 0 where all of them are 0. */
export const mostSevere = (endings: readonly Ending[]): number =>
  endings
    .filter(({ exitStatus }) => exitStatus !== 0)
    .sort((a, b) => rank(a) - rank(b) || b.exitStatus - a.exitStatus)[0]?.exitStatus ?? 0;

interface Outcome extends DeviceAnswer, Ending {
  readonly device: string;
}

export interface EachRequest {
  readonly devices: readonly NamedDevice[];
  /** Runs the command for the device of `place`; a failure is its exit status. */
  readonly run: (place: Place) => Promise<void>;
}

/** Exit statuses of what ends a command on all devices. */
const interruptedStatuses: readonly number[] = [
  exitCodes.interrupted,
  exitCodes.terminated,
  exitCodes['output-closed'],
];

/** Names the devices that failed by themselves; undefined where none did. */
function describeFailed(outcomes: readonly Outcome[]): string | undefined {
  const failed = outcomes.filter(
    ({ exitStatus, isRemote }) => exitStatus !== 0 && (isRemote || !interruptedStatuses.includes(exitStatus)),
  );
  if (failed.length === 0) return undefined;
  const byStatus = new Map<number, string[]>();
  for (const { device, exitStatus } of failed)
    byStatus.set(exitStatus, [...(byStatus.get(exitStatus) ?? []), sanitizeLine(device)]);
  const groups = [...byStatus].map(
    ([exitStatus, names]) => `${names.join(', ')} (exit status ${exitStatus.toString()})`,
  );
  return `${failed.length.toString()} of ${outcomes.length.toString()} devices failed: ${groups.join('; ')}`;
}

/** The last line of `--json`: how it went on each device. */
function renderJson(outcomes: readonly Outcome[], exitStatus: number): string {
  // A command of the device that fails is no failure of `os`.
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  const worst = failures.find(({ exitCode }) => exitCode === exitStatus) ?? failures[0];
  const error = worst && { ...worst, message: describeFailed(outcomes) ?? worst.message, hint: null };
  if (outcomes.every(({ document }) => document === undefined)) {
    const devices = outcomes.map(({ device, exitStatus: exitCode }) => ({ device, exitCode }));
    return toJsonLine(error ? { type: 'error', error, devices } : { type: 'done', devices });
  }
  const devices = outcomes.map(({ device, document }) => ({ device, ...document }));
  return toJsonLine(error ? { ok: false, error, result: { devices } } : { ok: true, result: { devices } });
}

function answer(output: Output, outcomes: readonly Outcome[], exitStatus: number): void {
  const failed = describeFailed(outcomes);
  if (output.mode === 'json') output.answer(renderJson(outcomes, exitStatus));
  else if (failed !== undefined) output.talk(`${output.styleTalk('red', 'os:')} ${failed}\n`);
}

/** The devices that were reached, each with the label of the first that reached it. */
function openClaims(): (label: string, endpoint: Endpoint) => void {
  const owners = new Map<string, string>();
  return (label, { address, port, engineId = null }) => {
    // An engine has an id of its own; ports of one address may be forwarded to different devices.
    const keys = [`${address} ${port.toString()}`, ...(engineId === null ? [] : [engineId])];
    const owner = keys.map(key => owners.get(key)).find(it => it !== undefined && it !== label);
    if (owner !== undefined)
      throw new OsError('usage', `${owner} and ${label} are the same device`, {
        hint: `the command runs there once, as ${owner}: name each device once`,
      });
    for (const key of keys) owners.set(key, label);
  };
}

/**
 * Runs a command on several devices at the same time. Lines and events tell which device they are of; a device that fails stops no
 * other. The exit status is that of the most severe failure.
 */
export async function runOnEach(place: Place, { devices, run }: EachRequest): Promise<void> {
  const { output, signal } = place;
  const width = Math.max(...devices.map(({ label }) => sanitizeLine(label).length));
  const claim = openClaims();
  const outcomes = await Promise.all(
    devices.map(async ({ label: device, word }): Promise<Outcome> => {
      const own = openDeviceOutput(output, device, `${sanitizeLine(device).padEnd(width)} | `);
      let ending: Ending = { exitStatus: 0, isRemote: false };
      await run({
        output: own.output,
        signal,
        device: word,
        claimDevice: endpoint => claim(device, endpoint),
        watchReader: () => place.watchReader(),
        setExitStatus(exitStatus) {
          ending = { exitStatus, isRemote: false };
        },
        setRemoteStatus(exitStatus) {
          ending = { exitStatus, isRemote: true };
        },
        [Symbol.dispose]: () => undefined,
      });
      return { device, ...ending, ...own.end() };
    }),
  );
  const exitStatus = mostSevere(outcomes);
  answer(output, outcomes, exitStatus);
  place.setExitStatus(exitStatus);
}
