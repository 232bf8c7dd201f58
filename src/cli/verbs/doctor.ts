import { OsError, type ErrorCode } from '../../core/errors.ts';
import type { DeviceTarget } from '../../device/target.ts';
import { allChecks } from '../../doctor/all-checks.ts';
import type { DeviceAnswers } from '../../doctor/device-answers.ts';
import type { Machine } from '../../doctor/machine/machine.ts';
import { runChecks, type Diagnosis } from '../../doctor/run-checks.ts';

export interface DoctorDependencies {
  readonly signal: AbortSignal;
  readonly machine: Machine;
  /** The device that is meant. Throws as `chooseDevice` does. */
  readonly chooseDevice: () => Promise<DeviceTarget>;
  /** Finds the device. Throws OsError if nothing answers. Disposed after the last check. */
  readonly findDevice: (
    target: DeviceTarget,
    signal: AbortSignal,
  ) => Promise<DeviceAnswers & AsyncDisposable>;
}

export interface DoctorRequest {
  /** True where no device is to be looked for. */
  readonly isMachineOnly: boolean;
}

/** The most that one check may take; a device that answers at all is diagnosed in a fraction of it. */
const limitMs = 8000;

/** Diagnoses this machine and a device. A device that is not found is a finding; one that is not named, where it has to be, is thrown. */
export async function doctor(
  { signal, machine, chooseDevice, findDevice }: DoctorDependencies,
  { isMachineOnly }: DoctorRequest,
): Promise<Diagnosis> {
  if (isMachineOnly) {
    const checks = allChecks.filter(it => it.room === 'machine' && it.id !== 'route');
    const nobody = new OsError('device-not-found', 'no device was asked for');
    return runChecks(checks, { machine, signal, limitMs, findDevice: () => Promise.reject(nobody) });
  }
  const target = await chooseDevice().catch((error: unknown) => {
    if (error instanceof OsError && error.exitCode === 3) return error;
    throw error;
  });
  const end = new AbortController();
  let found: (DeviceAnswers & AsyncDisposable) | undefined;
  const find = async (): Promise<DeviceAnswers> => {
    if (target instanceof OsError) throw target;
    found = await findDevice(target, AbortSignal.any([signal, end.signal]));
    return found;
  };
  try {
    return await runChecks(allChecks, { machine, signal, limitMs, findDevice: find });
  } finally {
    end.abort(new OsError('interrupted', 'the diagnosis is over'));
    await found?.[Symbol.asyncDispose]();
  }
}

const codes: Record<3 | 4 | 9, ErrorCode> = { 3: 'device-unreachable', 4: 'host-refused', 9: 'no-space' };

/** Returns the first finding that blocks as an error for scripts; undefined if none does. */
export function blockingError({ outcomes, exitCode }: Diagnosis): OsError | undefined {
  for (const outcome of outcomes)
    if (outcome.result === 'blocks' && outcome.exitCode === exitCode)
      return new OsError(codes[outcome.exitCode], `${outcome.title}: ${outcome.evidence}`, {
        hint: outcome.advice,
      });
  return undefined;
}
