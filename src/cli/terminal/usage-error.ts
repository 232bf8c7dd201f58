import { messageOf, OsError } from '../../core/errors.ts';
import { findNearest } from '../../core/nearest.ts';

const namesOf = (items: readonly unknown[]): string[] =>
  items.map(item =>
    typeof item === 'object' && item !== null && 'name' in item
      ? String(item.name).toUpperCase()
      : String(item),
  );

/** The command that a usage error is about. */
interface CommandShape {
  readonly id: string;
  readonly flagNames: readonly string[];
  /** The hint about an argument too many. */
  readonly unexpectedArgumentHint: string | undefined;
}

const ownIgnoreFile = 'leave it out: each service follows the .dockerignore of its own context';

/** Flags of other tools for behaviour that is always on here. */
const needless: Readonly<Record<string, string | undefined>> = {
  '-m': ownIgnoreFile,
  '--multi-dockerignore': ownIgnoreFile,
};

const isOclifError = (error: unknown): error is Error => error instanceof Error && 'oclif' in error;

/** Rewrites oclif's messages about flags that need or exclude each other. The values in them may be secrets, and are left out. */
const relations: readonly (readonly [RegExp, (flag: string, others: string) => string])[] = [
  [
    /^All of the following must be provided when using (--\S+): (--.+)$/m,
    (flag, others) => `${flag} needs ${others.replaceAll(', ', ' and ')}`,
  ],
  [
    /^One of the following must be provided when using (--\S+): (--.+)$/m,
    (flag, others) => `${flag} needs ${others.replaceAll(', ', ' or ')}`,
  ],
  [
    /^(--[^\s=]+)(?:=[^]*?)? cannot also be provided when using (--\S+)/,
    (flag, other) => `${[flag, other].sort().join(' and ')} exclude each other`,
  ],
  [/^Missing required flag (\S+)()$/m, flag => `a flag is missing: --${flag}`],
];

/** One line of `reasons`, which are of oclif's parser; undefined if they are about something else than relations of flags. */
function describeRelation(reasons: string): string | undefined {
  for (const [pattern, describeMatch] of relations) {
    const [, flag, others] = pattern.exec(reasons) ?? [];
    if (flag !== undefined && others !== undefined) return describeMatch(flag, others.split('\n')[0] ?? '');
  }
  return undefined;
}

/** oclif's parser names a missing argument by its definition, and an argument too many by its text. */
function describe(
  error: Error,
  { flagNames, unexpectedArgumentHint }: CommandShape,
): { readonly message: string; readonly hint?: string } {
  if ('flags' in error && Array.isArray(error.flags)) {
    const flag = namesOf(error.flags)[0]?.replace(/=.*$/s, '') ?? '';
    const reason = needless[flag];
    if (reason !== undefined) return { message: `no such flag: ${flag}`, hint: reason };
    const nearest = flag.startsWith('--') ? findNearest(flag.slice(2), flagNames) : undefined;
    return {
      message: `no such flag: ${flag}`,
      ...(nearest === undefined ? {} : { hint: `did you mean --${nearest}?` }),
    };
  }
  if ('args' in error && Array.isArray(error.args)) {
    const isMissing = error.args.some(item => typeof item === 'object');
    const all = namesOf(error.args);
    const names = all.join(' ');
    if (isMissing)
      return { message: `${all.length === 1 ? 'an argument is' : 'arguments are'} missing: ${names}` };
    const hint =
      unexpectedArgumentHint ??
      (flagNames.includes('on')
        ? `a device or an image is named by --on: --on ${all.at(-1) ?? ''}`
        : flagNames.includes('device')
          ? 'several devices are one word, with commas: kitchen,hall'
          : undefined);
    return { message: `unexpected argument: ${names}`, ...(hint === undefined ? {} : { hint }) };
  }
  const text = messageOf(error).replace(/\nSee more help with --help$/, '');
  const [, reasons = text] = /^The following errors? occurred:\n\s*([^]*)$/.exec(text) ?? [];
  const relation = describeRelation(reasons);
  if (relation !== undefined) return { message: relation };
  const lowerFirst = (words: string): string => words.charAt(0).toLowerCase() + words.slice(1);
  const [, flag, why = ''] = /^Parsing (--\S+)\s+([^]*)$/.exec(reasons) ?? [];
  return { message: flag === undefined ? lowerFirst(reasons) : `${flag}: ${lowerFirst(why)}` };
}

/**
 * Converts the errors of oclif's parser (a bad flag, a missing argument) to OsError `usage`; returns others unchanged.
 */
export function translateUsageError(error: unknown, command: CommandShape): unknown {
  if (!isOclifError(error)) return error;
  const { message, hint = `see \`os ${command.id.replaceAll(':', ' ')} --help\`` } = describe(error, command);
  return new OsError('usage', message, { hint, cause: error });
}
