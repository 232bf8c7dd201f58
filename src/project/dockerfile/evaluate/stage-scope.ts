import path from 'node:path';
import type { Instruction } from '../parse/instruction.ts';
import { expandWord, WordError } from './expand-word.ts';
import type { ImageConfig } from './image-config.ts';

export interface EvaluatedInstruction {
  readonly instruction: Instruction;
  /** From 1, as the engine counts steps; a trigger has the number of its FROM. */
  readonly number: number;
  /** The image whose ONBUILD this instruction is. */
  readonly triggerOf: string | undefined;
  /**
   * Words with variables expanded; those of RUN, CMD, ENTRYPOINT, SHELL and ONBUILD as written: the builder leaves them
   * to the shell.
   */
  readonly words: readonly string[];
  /** By name, expanded. */
  readonly flags: ReadonlyMap<string, string>;
  /** Variables that its words name. */
  readonly names: ReadonlySet<string>;
  /** Those of them that have no value in the Dockerfile; an image that is not known may have one. */
  readonly unset: ReadonlySet<string>;
  /** Reason why the builder refuses its words. */
  readonly fault: string | undefined;
  /** True if a word has a form that only newer builders evaluate; then it is left unchanged. */
  readonly isUncertain: boolean;
  /** The scope in which it is carried out. */
  readonly before: ScopeValues;
}

export interface ScopeValues {
  /** ARG of the stage, without those that ENV hides. */
  readonly args: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;
  readonly workingDirectory: string;
  readonly user: string;
  readonly shell: readonly string[];
}

export interface ScopeOptions {
  readonly buildArgs: Readonly<Record<string, string | null>>;
  /** ARG before the first FROM, by name. */
  readonly globals: ReadonlyMap<string, string>;
  readonly escape: string;
  /** True for FROM, whose words use the globals. */
  readonly isGlobal?: boolean;
}

interface InstructionPlace {
  readonly number: number;
  readonly triggerOf: string | undefined;
}

const leftToTheShell = ['RUN', 'CMD', 'ENTRYPOINT', 'SHELL', 'ONBUILD', 'HEALTHCHECK', 'MAINTAINER'];
const wholeText = ['WORKDIR', 'USER', 'STOPSIGNAL'];

/** The variables and settings of a stage while its instructions are followed. */
export class StageScope {
  readonly #options: ScopeOptions;
  readonly #args: Map<string, string>;
  readonly #environment: Map<string, string>;
  readonly #labels: Map<string, string>;
  readonly #triggers: Instruction[] = [];
  #workingDirectory: string;
  #user: string;
  #shell: readonly string[];
  #entrypoint: readonly string[];
  #command: readonly string[];
  #hasOwnCommand = false;

  constructor(base: ImageConfig, options: ScopeOptions) {
    this.#options = options;
    this.#args = new Map(options.isGlobal ? options.globals : []);
    this.#environment = new Map(Object.entries(base.environment));
    this.#labels = new Map(Object.entries(base.labels));
    this.#workingDirectory = path.posix.resolve('/', base.workingDirectory);
    this.#user = base.user;
    this.#shell = base.shell;
    this.#entrypoint = base.entrypoint;
    this.#command = base.command;
  }

  /** ARG with a value, by name. */
  get args(): ReadonlyMap<string, string> {
    return this.#args;
  }

  get config(): ImageConfig {
    return {
      workingDirectory: this.#workingDirectory,
      environment: Object.fromEntries(this.#environment),
      user: this.#user,
      shell: this.#shell,
      entrypoint: this.#entrypoint,
      command: this.#command,
      labels: Object.fromEntries(this.#labels),
      triggers: this.#triggers,
    };
  }

  /** Expands the words of an instruction, and then applies its changes to the scope. */
  evaluate(instruction: Instruction, place: InstructionPlace): EvaluatedInstruction {
    const names = new Set<string>();
    const unset = new Set<string>();
    let fault: string | undefined;
    let isUncertain = false;
    // ENV hides ARG.
    const before = this.#values();
    const lookup = (name: string): string | undefined => {
      names.add(name);
      const value = before.environment.get(name) ?? before.args.get(name);
      if (value === undefined) unset.add(name);
      return value;
    };
    const expand = (word: string): string => {
      try {
        return expandWord(word, { lookup, escape: this.#options.escape });
      } catch (error) {
        if (!(error instanceof WordError)) throw error;
        if (error.isNewerForm) isUncertain = true;
        else fault ??= error.message;
        return word;
      }
    };
    const words = expandWords(instruction, expand);
    const flags = new Map(instruction.flags.map(({ name, value = '' }) => [name, expand(value)]));
    this.#apply(instruction, words, expand);
    return { instruction, ...place, words, flags, names, unset, fault, isUncertain, before };
  }

  #values(): ScopeValues {
    return {
      args: new Map([...this.#args].filter(([name]) => !this.#environment.has(name))),
      environment: new Map(this.#environment),
      workingDirectory: this.#workingDirectory,
      user: this.#user,
      shell: this.#shell,
    };
  }

  #apply(
    { keyword, words: written, rest, isJson, trigger }: Instruction,
    words: readonly string[],
    expand: (word: string) => string,
  ): void {
    const command = isJson ? written : rest === '' ? [] : [rest];
    switch (keyword) {
      case 'ENV':
      case 'LABEL':
        for (const [name, value] of readPairs(written, rest))
          (keyword === 'ENV' ? this.#environment : this.#labels).set(expand(name), expand(value ?? ''));
        break;
      case 'ARG':
        for (const word of written) this.#declare(word, expand);
        break;
      case 'WORKDIR':
        this.#workingDirectory = path.posix.resolve(this.#workingDirectory, words[0] ?? '');
        break;
      case 'USER':
        this.#user = words[0] ?? '';
        break;
      case 'SHELL':
        this.#shell = written;
        break;
      case 'CMD':
        this.#command = command;
        this.#hasOwnCommand = true;
        break;
      case 'ENTRYPOINT':
        this.#entrypoint = command;
        if (!this.#hasOwnCommand) this.#command = [];
        break;
      case 'ONBUILD':
        if (trigger !== undefined) this.#triggers.push(trigger);
        break;
    }
  }

  /** A build argument overrides a default, and the default overrides that of an ARG before the first FROM. */
  #declare(word: string, expand: (word: string) => string): void {
    const { buildArgs, globals } = this.#options;
    const equals = word.indexOf('=');
    const name = equals === -1 ? word : word.slice(0, equals);
    const value = buildArgs[name] ?? (equals === -1 ? globals.get(name) : expand(word.slice(equals + 1)));
    if (value !== undefined) this.#args.set(name, value);
  }
}

function expandWords(
  { keyword, words, rest, isJson }: Instruction,
  expand: (word: string) => string,
): readonly string[] {
  if (leftToTheShell.includes(keyword)) return isJson || keyword === 'ONBUILD' ? words : [rest];
  return wholeText.includes(keyword) ? [expand(rest.trim())] : words.map(expand);
}

/** The pairs of `ENV A=b C="d e"` and of the old `ENV A b c`, as written. */
function readPairs(words: readonly string[], rest: string): (readonly [string, string | undefined])[] {
  const [first = ''] = words;
  if (!first.includes('=')) {
    const [, name = '', value = ''] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
    return name === '' ? [] : [[name, value]];
  }
  return words.map(word => {
    const equals = word.indexOf('=');
    return equals === -1 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
  });
}
