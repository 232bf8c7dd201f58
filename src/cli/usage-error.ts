import { messageOf, OsError } from '../core/errors.ts';
import { findNearest } from '../core/nearest.ts';

const namesOf = (items: readonly unknown[]): string[] =>
  items.map(item =>
    typeof item === 'object' && item !== null && 'name' in item
      ? String(item.name).toUpperCase()
      : String(item),
  );

/** What a usage error needs to know of the command it is about. */
interface CommandShape {
  id: string;
  flagNames: readonly string[];
  /** What to do instead of giving one argument too many. */
  unexpectedArgumentHint: string | undefined;
}

const isOclifError = (error: unknown): error is Error => error instanceof Error && 'oclif' in error;

/** oclif's parser marks a missing argument by its definition and one too many by its text. */
function describe(
  error: Error,
  { flagNames, unexpectedArgumentHint }: CommandShape,
): { message: string; hint?: string } {
  if ('flags' in error && Array.isArray(error.flags)) {
    const flag = namesOf(error.flags)[0]?.replace(/=.*$/s, '') ?? '';
    const nearest = flag.startsWith('--') ? findNearest(flag.slice(2), flagNames) : undefined;
    return {
      message: `no such flag: ${flag}`,
      ...(nearest === undefined ? {} : { hint: `did you mean --${nearest}?` }),
    };
  }
  if ('args' in error && Array.isArray(error.args)) {
    const isMissing = error.args.some(item => typeof item === 'object');
    const names = namesOf(error.args).join(' ');
    if (isMissing) return { message: `an argument is missing: ${names}` };
    return {
      message: `unexpected argument: ${names}`,
      ...(unexpectedArgumentHint === undefined ? {} : { hint: unexpectedArgumentHint }),
    };
  }
  const text = messageOf(error).replace(/\nSee more help with --help$/, '');
  const [, reasons = text] = /^The following errors? occurred:\n\s*([^]*)$/.exec(text) ?? [];
  const lowerFirst = (words: string): string => words.charAt(0).toLowerCase() + words.slice(1);
  const [, flag, why = ''] = /^Parsing (--\S+)\s+([^]*)$/.exec(reasons) ?? [];
  return { message: flag === undefined ? lowerFirst(reasons) : `${flag}: ${lowerFirst(why)}` };
}

/** What oclif's parser throws (a bad flag, a missing argument) as an OsError `usage`; anything else as it is. */
export function translateUsageError(error: unknown, command: CommandShape): unknown {
  if (!isOclifError(error)) return error;
  const { message, hint = `see \`os ${command.id.replaceAll(':', ' ')} --help\`` } = describe(error, command);
  return new OsError('usage', message, { hint, cause: error });
}
