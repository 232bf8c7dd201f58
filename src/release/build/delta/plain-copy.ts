/** Parses a COPY or ADD whose meaning is beyond doubt. All others are left to the engine: undefined, never a guess. */
import path from 'node:path';
import type { Instruction } from '../../../project/dockerfile/parse/instruction.ts';

export interface PlainCopy {
  /** Relative to the context, without a slash at the end; `''` is the whole context. */
  readonly sources: readonly string[];
  /** Absolute. */
  readonly destination: string;
  /** True if the destination is written so that it can only be a directory. */
  readonly isIntoDirectory: boolean;
  readonly uid: number;
  readonly gid: number;
  readonly isAdd: boolean;
  /** The destination as it is written, variables included. */
  readonly writtenDestination: string;
}

/** The settings of the stage at the instruction. */
export interface StageSettings {
  /** Values of variables. */
  readonly values: ReadonlyMap<string, string>;
  readonly workingDirectory: string;
}

/** Without quotes, escapes, wildcards and defaults of variables. */
const plainWord = /^(?:[^\s"'`\\*?[\]$<]|\$\w+|\$\{\w+\})+$/u;
/** In JSON form blanks are part of the word. */
const plainJsonWord = /^(?:[^"'`\\*?[\]$<\r\n]|\$\w+|\$\{\w+\})+$/u;
const variable = /\$(?:(\w+)|\{(\w+)\})/g;

/** `word` with variables replaced; undefined if it is not plain, or names a variable without a value. */
function expandPlain(word: string, isJson: boolean, values: ReadonlyMap<string, string>): string | undefined {
  if (!(isJson ? plainJsonWord : plainWord).test(word)) return undefined;
  const missing: string[] = [];
  const expanded = word.replace(variable, (_, plain: string | undefined, braced: string | undefined) => {
    const name = plain ?? braced ?? '';
    const value = values.get(name) ?? '';
    if (value === '' || value.includes('\\')) missing.push(name);
    return value;
  });
  return missing.length === 0 ? expanded : undefined;
}

/** `1000:1000`, or `1000` for both; names would have to be looked up in the image. */
function readOwner(text: string | undefined): { readonly uid: number; readonly gid: number } | undefined {
  if (text === undefined) return { uid: 0, gid: 0 };
  const found = /^(\d{1,9})(?::(\d{1,9}))?$/.exec(text);
  if (found === null) return undefined;
  return { uid: Number(found[1]), gid: Number(found[2] ?? found[1]) };
}

export function readPlainCopy(
  { keyword, flags, words, isJson, hasHeredoc }: Instruction,
  { values, workingDirectory }: StageSettings,
): PlainCopy | undefined {
  if (hasHeredoc || flags.some(({ name }) => name !== 'chown')) return undefined;
  const owner = readOwner(flags.find(({ name }) => name === 'chown')?.value);
  const expanded = words.map(word => expandPlain(word, isJson, values));
  const writtenDestination = words.at(-1);
  if (owner === undefined || words.length < 2 || writtenDestination === undefined) return undefined;
  const known = expanded.filter(word => word !== undefined);
  if (known.length < expanded.length) return undefined;
  const destination = known.at(-1) ?? '';
  const sources = known.slice(0, -1);
  const isOutside = (source: string): boolean =>
    /^[a-z]+:\/\/|^git@/i.test(source) || source.split('/').includes('..');
  if (sources.some(isOutside) || destination.split('/').includes('..')) return undefined;
  return {
    sources: sources.map(source => path.posix.resolve('/', source).slice(1)),
    destination: path.posix.resolve('/', workingDirectory, destination),
    isIntoDirectory: sources.length > 1 || /(?:^|\/)\.?$/.test(destination),
    ...owner,
    isAdd: keyword === 'ADD',
    writtenDestination,
  };
}
