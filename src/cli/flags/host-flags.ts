/** Flags of the commands of the host OS. */
import { Args, Flags } from '@oclif/core';
import { parseDuration } from '../../core/units.ts';
import { OsError } from '../../core/errors.ts';
import { severalForms } from './several-flags.ts';

const target =
  'device: address, host name or UUID, with an optional :port of its SSH server; or an image: ./FILE, image:FILE';

export const onFlag = Flags.string({ description: target, helpValue: 'TARGET' });

export const onSeveralFlag = Flags.string({
  description: `${target}; ${severalForms}`,
  helpValue: 'TARGET',
});

const usualUndoAfter = '60s';

/** The least that an undo leaves for reaching the device again. */
const shortestUndoS = 10;

/** Without a `default`, which would count as given. */
export const undoAfterOptions = {
  description: `time after which the device undoes the change unless it is reached again (default: ${usualUndoAfter})`,
  helpValue: 'TIME',
  exclusive: ['no-undo'],
};

export const undoFlags = {
  'no-undo': Flags.boolean({
    description: 'keep the change also where it makes the device unreachable',
  }),
  'undo-after': Flags.string(undoAfterOptions),
};

/** Returns the seconds until the undo; undefined with --no-undo. Throws OsError `usage`. */
export function readUndoAfter(flags: {
  readonly 'no-undo': boolean;
  readonly 'undo-after': string | undefined;
}): number | undefined {
  if (flags['no-undo']) return undefined;
  const seconds = Math.ceil(parseDuration(flags['undo-after'] ?? usualUndoAfter) / 1000);
  if (seconds < shortestUndoS)
    throw new OsError('usage', `--undo-after is too short: at least ${shortestUndoS.toString()}s`, {
      hint: 'the device has to be reached again within that time',
    });
  return seconds;
}

export const hostDeviceArg = Args.string({
  description: `address, host name or UUID of the device, with an optional :port of its SSH server; ${severalForms}`,
});

const usualWait = '5m';

export const waitFlags = {
  wait: Flags.boolean({ description: 'return once the device has booted and answers again' }),
  timeout: Flags.string({
    description: `how long --wait waits (default: ${usualWait})`,
    dependsOn: ['wait'],
    helpValue: 'TIME',
  }),
};

/** Returns how long to wait; undefined without --wait. Throws OsError `usage`. */
export function readWait(flags: {
  readonly wait: boolean;
  readonly timeout: string | undefined;
}): number | undefined {
  return flags.wait ? parseDuration(flags.timeout ?? usualWait) : undefined;
}

export const yesFlag = Flags.boolean({ char: 'y', description: 'do it without a question' });
