import type { ErrorCode, exitCodes } from './errors.ts';

export type ExitCode = 0 | (typeof exitCodes)[ErrorCode];

/** Exit status → its meaning; a command describes its own. `*` stands for statuses of other programs. */
export type ExitStatus = Readonly<Partial<Record<ExitCode | '*', string>>>;

/** Meanings of exit statuses for commands that describe nothing more exact. */
export const exitStatusMeanings = {
  0: 'done',
  1: 'a defect in os: please report it',
  2: 'usage: a bad flag or argument, an ambiguous device; an unfit machine',
  3: 'the device is not found, or nothing answers',
  4: 'the device refuses: authentication, variant, changed host key',
  5: 'the build fails: the failing step and its output are shown',
  6: 'a service does not start or does not stay up',
  7: 'the project is invalid: file, line, reason',
  8: 'busy: another os command is at work on the same thing',
  9: 'out of space on the device',
  10: 'the connection is lost and cannot be restored',
  130: 'interrupted (143: terminated)',
  141: 'the output cannot be written: its reader is gone (`| head`), the disk is full',
  143: 'terminated',
} as const satisfies Record<ExitCode, string>;

/** Exit statuses that every command can have; its own `exitStatus` adds to these and overrides them. */
export const commonExitStatus: ExitStatus = {
  0: exitStatusMeanings[0],
  1: exitStatusMeanings[1],
  2: exitStatusMeanings[2],
  130: exitStatusMeanings[130],
};
