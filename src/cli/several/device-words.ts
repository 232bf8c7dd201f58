/** How a command line names several devices: `kitchen,hall`, `@group`, `--device D` repeated, `--all`. */
import { OsError } from '../../core/errors.ts';
import type { Mutable } from '../../core/mutable.ts';

/** Where a command takes its device: as its first argument, or by `--on`. */
export type DevicePosition = 'argument' | 'on';

/** Every development device that a scan finds. */
export const everyDevice = '@all';

/** What a command lets a person type about its devices. */
export interface DeviceSyntax {
  readonly position: DevicePosition;
  /** True if `--all` means every device. */
  readonly takesAll: boolean;
  /** Its arguments, in their order. */
  readonly argNames: readonly string[];
  /** True if it takes no arguments beyond those. */
  readonly isStrict: boolean;
}

type Values = Record<string, unknown>;

/** What oclif's parser returns. */
export type Parsed = Mutable<{
  readonly args: Values;
  readonly flags: Values;
  readonly argv: readonly unknown[];
}>;

/** True if `word` names more than one device, or may. */
const isCollective = (word: string): boolean => word.includes(',') || word.startsWith('@');

/** A cheap look at a command line: false where it surely names one device or none. */
export function mayNameSeveral(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const { OS_DEVICE = '' } = process.env;
  return (
    isCollective(OS_DEVICE) ||
    (end === -1 ? argv : argv.slice(0, end)).some(
      word => word === '--all' || word.startsWith('--device') || word.includes('@') || word.includes(','),
    )
  );
}

/** `./a,b.img` and `image:FILE` are files. */
const isFile = (word: string): boolean => word.includes('/') || word.startsWith('image:');

/** The words of `--device`, and `@all` for `--all`; undefined without either. */
function flagWords({ device, all }: Values, { takesAll }: DeviceSyntax): readonly string[] | undefined {
  const named = Array.isArray(device) ? (device as string[]) : [];
  if (!takesAll || all !== true) return named.length === 0 ? undefined : named;
  if (named.length === 0) return [everyDevice];
  throw new OsError('usage', '--all and --device exclude each other');
}

/** The device among the arguments, as typed. Of a device and a file, the only word is the file. */
const argumentOf = ({ device, ...others }: Values): unknown =>
  'file' in others && others['file'] === undefined ? undefined : device;

/** Each device that the command line names, groups as they are typed; none where the command finds its device itself. */
export function deviceWordsOf({ args, flags }: Parsed, syntax: DeviceSyntax): readonly string[] {
  const { position } = syntax;
  const named = position === 'on' ? flags['on'] : argumentOf(args);
  const typed = typeof named === 'string' ? named : process.env['OS_DEVICE'];
  const words = position === 'argument' ? flagWords(flags, syntax) : undefined;
  return (words ?? (typed === undefined || isFile(typed) ? [] : [typed])).flatMap(word =>
    isCollective(word) ? word.split(',').map(part => part.trim()) : [word],
  );
}

/** Puts `device` where the command looks for it. Throws OsError `usage` where it is named both ways. */
export function nameDevice(parsed: Parsed, syntax: DeviceSyntax, device: string): void {
  const { args, flags } = parsed;
  const { position, argNames, isStrict } = syntax;
  if (position === 'on') {
    flags['on'] = device;
    return;
  }
  const isArgument = flagWords(flags, syntax) === undefined && argumentOf(args) !== undefined;
  const rest = isArgument ? parsed.argv.slice(1) : parsed.argv;
  if (isStrict && rest.length >= argNames.length)
    throw new OsError('usage', `unexpected argument: ${String(rest.at(-1))}`, {
      hint: 'the device is named by --device or --all: leave it out before the other arguments',
    });
  parsed.argv = [device, ...rest];
  for (const [i, name] of argNames.entries()) args[name] = parsed.argv[i];
}

/** Throws OsError `usage` for a flag that reads this process's stdin, which only one device could have. */
export function refuseSharedInput(flags: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(flags))
    if (value === '-' || (Array.isArray(value) && value.includes('-')))
      throw new OsError('usage', `--${name} -: several devices cannot share stdin`, {
        hint: 'give a file',
      });
}
