import { messageOf, OsError } from '../core/errors.ts';
import { findNearest } from '../core/nearest.ts';

const namesOf = (items: readonly unknown[]): string[] =>
  items.map(item =>
    typeof item === 'object' && item !== null && 'name' in item
      ? String(item.name).toUpperCase()
      : String(item),
  );

const isOclifError = (error: unknown): error is Error => error instanceof Error && 'oclif' in error;

/** oclif's parser marks a missing argument by its definition and one too many by its text. */
function describe(error: Error, flagNames: readonly string[]): { message: string; hint?: string } {
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
    return { message: isMissing ? `an argument is missing: ${names}` : `unexpected argument: ${names}` };
  }
  const text = messageOf(error).replace(/\nSee more help with --help$/, '');
  const [, reasons = text] = /^The following errors? occurred:\n\s*([^]*)$/.exec(text) ?? [];
  return { message: reasons.charAt(0).toLowerCase() + reasons.slice(1) };
}

/** What oclif's parser throws (a bad flag, a missing argument) as an OsError `usage`; anything else as it is. */
export function translateUsageError(
  error: unknown,
  commandId: string,
  flagNames: readonly string[],
): unknown {
  if (!isOclifError(error)) return error;
  const { message, hint = `see \`os ${commandId.replaceAll(':', ' ')} --help\`` } = describe(
    error,
    flagNames,
  );
  return new OsError('usage', message, { hint, cause: error });
}
