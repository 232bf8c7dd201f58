/** What the instructions of one stage do about files, in their order, and what the stage hands on to those built on it. */
import path from 'node:path';
import type { Instruction } from '../../project/dockerfile/parse-dockerfile.ts';
import type { Cover, CopyStep, Replay } from './copy-step.ts';
import { expand, readPairs } from './variables.ts';

/** What a stage begins with: an image's, or that of the stage it starts from. */
export interface Ground {
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly shell: readonly string[];
  /** In words; a shell form is one word. */
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** ONBUILD: what is done first. */
  readonly triggers: readonly Instruction[];
}

export const emptyGround: Ground = {
  ...{ workingDirectory: '/', environment: {}, user: '', shell: ['/bin/sh', '-c'] },
  ...{ entrypoint: [], command: [], triggers: [] },
};

export type Happening =
  | { readonly do: 'copy'; readonly step: Omit<CopyStep, 'obstacle' | 'replays' | 'covers'> }
  | { readonly do: 'run'; readonly replay: Replay; readonly isLive: boolean }
  | { readonly do: 'cover'; readonly cover: Cover };

export interface StageOptions {
  readonly ground: Ground;
  /** For messages: what the stage starts from. */
  readonly image: string;
  readonly buildArgs: Readonly<Record<string, string | null>>;
  /** ARG before the first FROM, by name. */
  readonly globals: ReadonlyMap<string, string>;
  readonly escape: string;
  /** Whether there is a directory at a path of the image, where that is known. */
  readonly isDirectory: (path: string) => boolean | undefined;
  /** Lines of RUN that are there for live sync alone. */
  readonly liveRuns: ReadonlySet<number>;
  /** What is copied below this line reloads by itself. */
  readonly reloadsAfterLine: number;
}

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** `COPY src /app`, in one line and not too long. */
const said = ({ keyword, arguments: words, flags }: Instruction): string => {
  const given = flags.map(({ name, value }) => (value === undefined ? `--${name}` : `--${name}=${value}`));
  return shortened([keyword, ...given, ...words].join(' '));
};

/** What follows the keyword and the flags. */
const rawArguments = ({ text, keyword }: Instruction): string =>
  text.slice(keyword.length).replace(/^(?:\s+--\S+)*\s+/, '');

export class StageReader {
  readonly happenings: Happening[] = [];
  readonly #options: StageOptions;
  readonly #args = new Map<string, string>();
  readonly #environment: Map<string, string>;
  readonly #directories = new Set<string>();
  readonly #triggers: Instruction[] = [];
  #directory = '/';
  #user: string;
  #shell: readonly string[];
  #entrypoint: readonly string[];
  #command: readonly string[];
  #hasOwnCommand = false;

  constructor(options: StageOptions) {
    const { ground, image } = options;
    this.#options = options;
    this.#environment = new Map(Object.entries(ground.environment));
    ({ user: this.#user, shell: this.#shell, entrypoint: this.#entrypoint, command: this.#command } = ground);
    this.#enter(ground.workingDirectory);
    for (const trigger of ground.triggers) this.#read({ ...trigger, line: 0 }, `ONBUILD of ${image}`);
  }

  read(instruction: Instruction): void {
    this.#read(instruction, `line ${instruction.line.toString()}`);
  }

  get ground(): Ground {
    return {
      ...{ workingDirectory: this.#directory, environment: Object.fromEntries(this.#environment) },
      ...{ user: this.#user, shell: this.#shell, entrypoint: this.#entrypoint, command: this.#command },
      triggers: this.#triggers,
    };
  }

  #read(instruction: Instruction, where: string): void {
    const words = instruction.json ?? instruction.arguments;
    const text = `${said(instruction)} (${where})`;
    switch (instruction.keyword) {
      case 'ENV':
        this.#set(readPairs(words));
        break;
      case 'ARG':
        for (const [name, value] of readPairs(words)) this.#declare(name, value, words.join(' '));
        break;
      case 'WORKDIR':
        this.#enter(this.#expand(words.join(' ')));
        break;
      case 'USER':
        this.#user = this.#expand(words.join(' '));
        break;
      case 'SHELL':
        this.#shell = words;
        break;
      case 'CMD':
        this.#command = instruction.json ?? [words.join(' ')];
        this.#hasOwnCommand = true;
        break;
      case 'ENTRYPOINT':
        this.#entrypoint = instruction.json ?? [words.join(' ')];
        if (!this.#hasOwnCommand) this.#command = [];
        break;
      case 'ONBUILD':
        if (instruction.trigger !== undefined) this.#triggers.push(instruction.trigger);
        break;
      case 'RUN':
        this.#run(instruction, text);
        break;
      case 'COPY':
      case 'ADD':
        this.#copy(instruction, words, text);
        break;
    }
  }

  /** ENV wins over ARG. */
  get #values(): Map<string, string> {
    return new Map([...this.#args, ...this.#environment]);
  }

  #expand(text: string): string {
    return expand(text, { values: this.#values, escape: this.#options.escape });
  }

  /** None of them sees another. */
  #set(pairs: readonly (readonly [string, string])[]): void {
    const expanded = pairs.map(([name, value]) => [name, this.#expand(value)] as const);
    for (const [name, value] of expanded) this.#environment.set(name, value);
  }

  #declare(name: string, value: string, written: string): void {
    const { buildArgs, globals } = this.#options;
    const fallback = written.includes('=') ? this.#expand(value) : globals.get(name);
    const known = buildArgs[name] ?? fallback;
    if (known !== undefined) this.#args.set(name, known);
  }

  #enter(directory: string): void {
    this.#directory = path.posix.resolve(this.#directory, directory);
    this.#know(this.#directory);
  }

  /** It is a directory, and so is all that holds it. */
  #know(directory: string): void {
    for (let at = directory; !this.#directories.has(at); at = path.posix.dirname(at))
      this.#directories.add(at);
  }

  #run(instruction: Instruction, text: string): void {
    const { liveRuns } = this.#options;
    this.happenings.push({
      do: 'run',
      isLive: liveRuns.has(instruction.line),
      replay: {
        text,
        command: instruction.json ?? [...this.#shell, rawArguments(instruction)],
        user: this.#user === '' ? '0' : this.#user,
        workingDirectory: this.#directory,
        environment: Object.fromEntries(this.#values),
        ...{ isPrivileged: false, isPartOfImage: true },
      },
    });
  }

  #copy(instruction: Instruction, words: readonly string[], text: string): void {
    if (instruction.hasHeredoc) return;
    const expanded = words.map(word => this.#expand(word));
    const given = expanded.at(-1) ?? '';
    const destination = path.posix.resolve(this.#directory, given);
    const flag = (wanted: string): string | undefined =>
      instruction.flags.find(({ name }) => name === wanted)?.value;
    if (flag('from') !== undefined) {
      this.happenings.push({ do: 'cover', cover: { text, destination } });
      return;
    }
    const isIntoDirectory =
      expanded.length > 2 || /(^|\/)\.{0,2}$/.test(given) || this.#isDirectory(destination);
    this.#know(isIntoDirectory ? destination : path.posix.dirname(destination));
    const owner = flag('chown');
    for (const source of expanded.slice(0, -1).filter(it => !/^[a-z]+:\/\//.test(it)))
      this.happenings.push({
        do: 'copy',
        step: {
          ...{ text, destination, isIntoDirectory },
          source: path.posix.resolve('/', source).slice(1),
          owner: owner === undefined ? undefined : this.#expand(owner),
          isUnpacking: instruction.keyword === 'ADD',
          isReloaded: instruction.line > this.#options.reloadsAfterLine,
        },
      });
  }

  #isDirectory(directory: string): boolean {
    return this.#directories.has(directory) || this.#options.isDirectory(directory) === true;
  }
}
