import { OsError } from '../../../core/errors.ts';
import { someNames } from '../../../core/some-names.ts';
import { formatBytes } from '../../../core/units.ts';
import { assessDrive, type AssessOptions, type DriveAssessment } from '../../../image/drives/assess-drive.ts';
import type { Drive } from '../../../image/drives/drive.ts';

/** Questions to a person; undefined members mean that there is none to ask. */
export interface FlashQuestions {
  pick(choices: readonly { readonly name: string; readonly value: Drive }[]): Promise<Drive>;
  confirm(question: string): Promise<boolean>;
  type(question: string): Promise<string>;
}

export interface ChosenDrive {
  readonly drive: Drive;
  readonly assessment: DriveAssessment;
}

export const describeDrive = ({ path, model, bus, sizeBytes }: Drive): string =>
  [path, model ?? 'unknown model', formatBytes(sizeBytes), bus].filter(part => part !== undefined).join(', ');

const refuse = (drive: Drive, reason: string): OsError =>
  new OsError('drive-refused', `refuses to write to ${drive.path}: ${reason}`, {
    hint: '`os image drives` lists what can be flashed',
  });

/** Finds the drive `name`: `/dev/sdb`, `sdb`, or the real path of a link. Throws OsError `drive-not-found`. */
export function findDrive(drives: readonly Drive[], name: string): Drive {
  const drive = drives.find(({ path, name: short }) => path === name || short === name);
  if (drive !== undefined) return drive;
  const whole = drives.find(({ path }) => name.startsWith(path) && /^p?\d+$/.test(name.slice(path.length)));
  if (whole !== undefined)
    throw new OsError('drive-refused', `${name} is a partition: an image is written to a whole drive`, {
      hint: `name ${whole.path} if that is what you mean`,
    });
  throw new OsError('drive-not-found', `there is no drive ${name}`, {
    hint: '`os image drives` lists those of this machine',
  });
}

/** Throws OsError `drive-refused` if the drive must not be written to. */
export function assessOrRefuse(drive: Drive, options: AssessOptions): ChosenDrive {
  const assessment = assessDrive(drive, options);
  if (assessment.refusal !== undefined) throw refuse(drive, assessment.refusal);
  return { drive, assessment };
}

/** The drives named, or the one that a person picks. */
export async function chooseDrives(
  drives: readonly Drive[],
  names: readonly string[],
  options: AssessOptions,
  questions: FlashQuestions | undefined,
): Promise<readonly ChosenDrive[]> {
  if (names.length > 0) {
    const named = new Set(names.map(name => findDrive(drives, name)));
    return [...named].map(drive => assessOrRefuse(drive, options));
  }
  const fit = drives.filter(
    drive => drive.kind === 'disk' && assessDrive(drive, options).refusal === undefined,
  );
  const removable = fit.filter(({ isRemovable }) => isRemovable);
  if (questions === undefined || fit.length === 0)
    throw new OsError(
      fit.length === 0 ? 'drive-not-found' : 'usage',
      fit.length === 0 ? 'there is no drive that can be flashed' : 'no drive is named',
      {
        hint:
          fit.length === 0
            ? 'put a card in; `os image drives` prints why each drive is left out'
            : `name one by --drive: ${someNames((removable.length > 0 ? removable : fit).map(({ path }) => path))}`,
      },
    );
  const offered = removable.length > 0 ? removable : fit;
  const drive = await questions.pick(offered.map(value => ({ name: describeDrive(value), value })));
  return [assessOrRefuse(drive, options)];
}

export interface ConfirmOptions {
  /** `--yes`: replaces a yes, never a typed name. */
  readonly isYes: boolean;
  /** Names given by `--confirm`. */
  readonly confirmed: readonly string[];
}

/** Lets a person confirm each drive. Throws OsError `drive-refused`, or `usage` if no person can be prompted. */
export async function confirmDrives(
  chosen: readonly ChosenDrive[],
  { isYes, confirmed }: ConfirmOptions,
  questions: FlashQuestions | undefined,
): Promise<void> {
  for (const { drive, assessment } of chosen) {
    const mounted =
      assessment.unmounts.length === 0 ? '' : ` ${assessment.unmounts.join(', ')} will be unmounted.`;
    const loss = `Everything on ${describeDrive(drive)} will be lost.${mounted}`;
    if (assessment.needsName !== undefined) {
      if (confirmed.includes(drive.name)) continue;
      if (questions === undefined)
        throw new OsError(
          'drive-refused',
          `refuses to write to ${drive.path} without its name typed: ${assessment.needsName}`,
          {
            hint: `add --confirm ${drive.name} if everything on it may be lost`,
          },
        );
      const typed = await questions.type(
        `${loss} It needs care, as ${assessment.needsName}. Type ${drive.name} to go on:`,
      );
      if (typed.trim() !== drive.name) throw refuse(drive, 'its name was not typed');
    } else if (!isYes) {
      if (questions === undefined)
        throw new OsError('usage', `everything on ${drive.path} would be lost, and nobody can be asked`, {
          hint: 'add --yes if it may be',
        });
      if (!(await questions.confirm(loss + ' Go on?'))) throw refuse(drive, 'the answer was no');
    }
  }
}
