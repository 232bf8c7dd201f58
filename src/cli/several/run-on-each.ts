import { exitCodes } from '../../core/errors.ts';
import { toJsonLine } from '../../core/json-line.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Output } from '../../ui/output.ts';
import type { Place } from '../place.ts';
import { openDeviceOutput, type DeviceAnswer } from './device-output.ts';

/**
 * Exit statuses, the most severe first: what ends all devices, what is wrong with `os` or the project, what went wrong on a device
 * that was reached, what was not reached. Others, of remote commands, follow.
 */
const bySeverity = [143, 130, 141, 1, 7, 5, 6, 9, 10, 8, 4, 3, 2];

const rank = (status: number): number => {
  const place = bySeverity.indexOf(status);
  return place === -1 ? bySeverity.length : place;
};

/** The most severe of `statuses` that are not 0; 0 where all are. */
export const mostSevere = (statuses: readonly number[]): number =>
  statuses.filter(status => status !== 0).sort((a, b) => rank(a) - rank(b) || b - a)[0] ?? 0;

interface Outcome extends DeviceAnswer {
  readonly device: string;
  readonly exitStatus: number;
}

export interface EachRequest {
  /** Their names as the person typed them; each once. */
  readonly devices: readonly string[];
  /** Runs the command for the device of `place`; a failure is its exit status. */
  readonly run: (place: Place) => Promise<void>;
}

/** Names the devices that failed. */
function describeFailed(outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter(({ exitStatus }) => exitStatus !== 0);
  const names = failed.map(({ device }) => sanitizeLine(device)).join(', ');
  return `${failed.length.toString()} of ${outcomes.length.toString()} devices failed: ${names}`;
}

/** The last line of `--json`: how it went on each device. */
function renderJson(outcomes: readonly Outcome[], exitStatus: number): string {
  // A command of the device that fails is no failure of `os`.
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  const worst = failures.find(({ exitCode }) => exitCode === exitStatus) ?? failures[0];
  const error = worst && { ...worst, message: describeFailed(outcomes), hint: null };
  if (outcomes.every(({ document }) => document === undefined)) {
    const devices = outcomes.map(({ device, exitStatus: exitCode }) => ({ device, exitCode }));
    return toJsonLine(error ? { type: 'error', error, devices } : { type: 'done', devices });
  }
  const devices = outcomes.map(({ device, document }) => ({ device, ...document }));
  return toJsonLine(error ? { ok: false, error, result: { devices } } : { ok: true, result: { devices } });
}

function answer(output: Output, outcomes: readonly Outcome[], exitStatus: number): void {
  if (output.mode === 'json') output.answer(renderJson(outcomes, exitStatus));
  else if (exitStatus !== 0 && exitStatus !== exitCodes.interrupted && exitStatus !== exitCodes.terminated)
    output.talk(`${output.styleTalk('red', 'os:')} ${describeFailed(outcomes)}\n`);
}

/**
 * Runs a command on several devices at the same time. Lines and events tell which device they are of; a device that fails stops no
 * other. The exit status is that of the most severe failure.
 */
export async function runOnEach(place: Place, { devices, run }: EachRequest): Promise<void> {
  const { output, signal } = place;
  const width = Math.max(...devices.map(device => sanitizeLine(device).length));
  const outcomes = await Promise.all(
    devices.map(async (device): Promise<Outcome> => {
      const label = `${sanitizeLine(device).padEnd(width)} | `;
      const own = openDeviceOutput(output, device, label);
      let exitStatus = 0;
      await run({
        output: own.output,
        signal,
        device,
        watchReader: () => place.watchReader(),
        setExitStatus(status) {
          exitStatus = status;
        },
        [Symbol.dispose]: () => undefined,
      });
      return { device, exitStatus, ...own.end() };
    }),
  );
  const exitStatus = mostSevere(outcomes.map(outcome => outcome.exitStatus));
  answer(output, outcomes, exitStatus);
  place.setExitStatus(exitStatus);
}
