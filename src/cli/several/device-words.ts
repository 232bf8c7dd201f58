/** The devices that a command line names: `kitchen,hall`, `@group`, `--device D` repeated, `--all`. */
import { beforeSeparator } from '../before-separator.ts';
import { OsError } from '../../core/errors.ts';
import type { Mutable } from '../../core/mutable.ts';

/** The place of the device on a command line: the first argument, or `--on`. */
export type DevicePosition = 'argument' | 'on';

/** Every development device that a scan finds. */
export const everyDevice = '@all';

/** The forms in which a command takes its devices. */
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

/** The result of oclif's parser. */
export type Parsed = Mutable<{
  readonly args: Values;
  readonly flags: Values;
  readonly argv: readonly unknown[];
}>;

/** True if `word` names more than one device, or may. */
const isCollective = (word: string): boolean => word.includes(',') || word.startsWith('@');

/** A cheap look at a command line: false where it surely names one device or none. */
export function mayNameSeveral(argv: readonly string[]): boolean {
  const { OS_DEVICE = '' } = process.env;
  return (
    isCollective(OS_DEVICE) ||
    beforeSeparator(argv).some(
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

/** Undefined where neither the command line nor `$OS_DEVICE` has one, or it is a file. */
function typedDevice({ args, flags }: Parsed, { position }: DeviceSyntax): string | undefined {
  const named = position === 'on' ? flags['on'] : argumentOf(args);
  const typed = typeof named === 'string' ? named : process.env['OS_DEVICE'];
  return typed === undefined || isFile(typed) ? undefined : typed;
}

/**
 * Each device that the command line names, groups as they are typed; none where the command finds its device itself. Throws OsError
 * `usage` where they are named in two ways.
 */
export function deviceWordsOf(parsed: Parsed, syntax: DeviceSyntax): readonly string[] {
  const byFlags = syntax.position === 'argument' ? flagWords(parsed.flags, syntax) : undefined;
  if (byFlags !== undefined && syntax.isStrict && parsed.argv.length >= syntax.argNames.length)
    throw new OsError('usage', `unexpected argument: ${String(parsed.argv.at(-1))}`, {
      hint: 'the device is named by --device or --all',
    });
  const words = byFlags ?? [typedDevice(parsed, syntax) ?? []].flat();
  return words.flatMap(word => (isCollective(word) ? word.split(',').map(part => part.trim()) : [word]));
}

/** Puts `device` where the command looks for it. */
export function nameDevice(parsed: Parsed, syntax: DeviceSyntax, device: string): void {
  const { args, flags } = parsed;
  const { position, argNames } = syntax;
  if (position === 'on') {
    flags['on'] = device;
    return;
  }
  const isArgument = flagWords(flags, syntax) === undefined && argumentOf(args) !== undefined;
  const rest = isArgument ? parsed.argv.slice(1) : parsed.argv;
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
