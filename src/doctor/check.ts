/** A check: what it reads, and a pure function that judges it. Each is one file below `checks/`. */
import type { DeviceAnswers } from './device-answers.ts';
import type { Finding } from './finding.ts';
import type { Machine } from './machine/machine.ts';

/** The side that a check looks at: this machine, the device's ports, or the device's host OS over SSH. */
export type Room = 'machine' | 'access' | 'host';

/** The sources that checks read. All checks run at the same time; a value that several of them read is read once. */
export interface Sources {
  readonly machine: Machine;
  /** The device, once it is found. Rejects with an OsError where it is not, or where none was asked for. */
  readonly device: () => Promise<DeviceAnswers>;
  /** Returns the output of the check's own question on the host. Rejects with an OsError if the host cannot be asked. */
  readonly answer: () => Promise<string>;
  readonly signal: AbortSignal;
}

export interface Check {
  /** Stable, for scripts, e.g. `failed-units`. */
  readonly id: string;
  /** For people, e.g. `failed units`. */
  readonly title: string;
  readonly room: Room;
  /** POSIX shell that is run as root on the host; equal questions are asked once. Its stderr is dropped. */
  readonly question?: string | undefined;
  /** True where the question starts programs that take long: those are asked beside the others. */
  readonly isSlow?: boolean | undefined;
  /** Reads and judges. Rejects where it cannot tell. */
  run(sources: Sources): Promise<Finding>;
}

interface Definition<Input> extends Omit<Check, 'room' | 'run'> {
  readonly judge: (input: Input) => Finding;
}

/** A check with its judgement in reach of tests. */
export interface Judged<Input> extends Check {
  readonly judge: (input: Input) => Finding;
}

/** A check that reads wherever it likes. */
export const checkOf = <Input>({
  read,
  ...definition
}: Definition<Input> & {
  readonly room: Room;
  readonly read: (sources: Sources) => Input | Promise<Input>;
}): Judged<Input> => ({
  ...definition,
  run: async sources => definition.judge(await read(sources)),
});

/** A check of this machine. */
export const machineCheck = <Input>({
  read,
  ...definition
}: Definition<Input> & {
  readonly read: (machine: Machine, sources: Sources) => Input | Promise<Input>;
}): Judged<Input> =>
  checkOf({ ...definition, room: 'machine', read: sources => read(sources.machine, sources) });

/** A check of what answers at the device's ports. */
export const accessCheck = <Input>({
  read,
  ...definition
}: Definition<Input> & {
  readonly read: (device: DeviceAnswers, sources: Sources) => Input | Promise<Input>;
}): Judged<Input> =>
  checkOf({ ...definition, room: 'access', read: async sources => read(await sources.device(), sources) });

/** A check of the host OS, by what its question printed. */
export const hostCheck = (definition: Definition<string> & { readonly question: string }): Judged<string> =>
  checkOf({ ...definition, room: 'host', read: ({ answer }) => answer() });
