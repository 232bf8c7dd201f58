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
  /** The flag with which it works on no device. */
  readonly devicelessFlag: string | undefined;
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

/** A cheap check of a command line: false where it surely names one device or none. */
export function mayNameSeveral(argv: readonly string[]): boolean {
  const { OS_DEVICE = '' } = process.env;
  return (
    isCollective(OS_DEVICE) ||
    beforeSeparator(argv).some(
      word => word === '--all' || word.startsWith('--device') || word.includes('@') || word.includes(','),
    )
  );
}

/** A cheap check of a command line: false where it, or `$OS_DEVICE`, surely names a device. */
export function mayNameNone(argv: readonly string[], { position, argNames }: DeviceSyntax): boolean {
  const { OS_DEVICE = '' } = process.env;
  if (OS_DEVICE !== '') return false;
  const words = beforeSeparator(argv);
  if (position === 'on') return !words.some(word => word === '--on' || word.startsWith('--on='));
  const [first = '-'] = words;
  return first.startsWith('-') || argNames.includes('file');
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

/** The device among the arguments, as typed. Of a device and a file, the only word is the file; with `--status` there is no file. */
const argumentOf = ({ args: { device, ...others }, flags }: Parsed): unknown =>
  'file' in others && others['file'] === undefined && flags['status'] !== true ? undefined : device;

const isDeviceless = ({ flags }: Parsed, { devicelessFlag }: DeviceSyntax): boolean =>
  devicelessFlag !== undefined && flags[devicelessFlag] === true;

/** Undefined where neither the command line nor `$OS_DEVICE` has one. */
function typedDevice(parsed: Parsed, syntax: DeviceSyntax): string | undefined {
  const named = syntax.position === 'on' ? parsed.flags['on'] : argumentOf(parsed);
  if (typeof named === 'string') return named;
  if (isDeviceless(parsed, syntax)) return undefined;
  const { OS_DEVICE = '' } = process.env;
  return OS_DEVICE === '' ? undefined : OS_DEVICE;
}

/** Each of the devices in `text`, groups as they are typed. */
const split = (text: string): readonly string[] =>
  isCollective(text) ? text.split(',').map(part => part.trim()) : [text];

/** Each device of the project's os.yml; none where it has none, or one alone, which the command finds itself. */
export const projectWordsOf = (device: string | undefined): readonly string[] =>
  device !== undefined && isCollective(device) ? split(device) : [];

/**
 * Each device that the command line or `$OS_DEVICE` names, groups as they are typed; none where the command works on a file, or on no
 * device. Undefined where nothing is named. Throws OsError `usage` where they are named in two ways.
 */
export function deviceWordsOf(parsed: Parsed, syntax: DeviceSyntax): readonly string[] | undefined {
  const byFlags = syntax.position === 'argument' ? flagWords(parsed.flags, syntax) : undefined;
  if (byFlags !== undefined && syntax.isStrict && parsed.argv.length >= syntax.argNames.length)
    throw new OsError('usage', `unexpected argument: ${String(parsed.argv.at(-1))}`, {
      hint: 'the device is named by --device or --all',
    });
  if (byFlags !== undefined) return byFlags.flatMap(split);
  const typed = typedDevice(parsed, syntax);
  if (typed === undefined) return isDeviceless(parsed, syntax) ? [] : undefined;
  return isFile(typed) ? [] : split(typed);
}

/** Puts `device` where the command looks for it. */
export function nameDevice(parsed: Parsed, syntax: DeviceSyntax, device: string): void {
  const { args, flags } = parsed;
  const { position, argNames } = syntax;
  if (position === 'on') {
    flags['on'] = device;
    return;
  }
  const isArgument = flagWords(flags, syntax) === undefined && argumentOf(parsed) !== undefined;
  const rest = isArgument ? parsed.argv.slice(1) : parsed.argv;
  parsed.argv = [device, ...rest];
  for (const [i, name] of argNames.entries()) args[name] = parsed.argv[i];
}
