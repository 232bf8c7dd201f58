/** Reads what the instructions of one stage do about files, in their order. */
import path from 'node:path';
import type { EvaluatedStage } from '../../project/dockerfile/evaluate/evaluate-dockerfile.ts';
import type { EvaluatedInstruction } from '../../project/dockerfile/evaluate/stage-scope.ts';
import type { Cover, CopyStep, Replay } from './copy-step.ts';
import { parseRepeats, type Repeat } from './repeatable-run.ts';

export type StageStep =
  | {
      readonly do: 'copy';
      readonly step: Omit<CopyStep, 'obstacle' | 'replays' | 'repeats' | 'covers' | 'copiesAfter'>;
    }
  /** Stands for a COPY or ADD, before what it does. */
  | { readonly do: 'layer' }
  | {
      readonly do: 'run';
      readonly replay: Replay;
      readonly isLive: boolean;
      /** Undefined if the command may not be repeated. */
      readonly repeats: readonly Repeat[] | undefined;
    }
  | { readonly do: 'cover'; readonly cover: Cover }
  /** Files of the context that a RUN reads without a COPY: they are in no image. */
  | { readonly do: 'bind'; readonly source: string; readonly text: string };

export interface StageOptions {
  /** Returns true if a path of the image is a directory; undefined if that is not known. */
  readonly isDirectory: (path: string) => boolean | undefined;
  /** Returns the path that a path of the image leads to. */
  readonly resolve: (path: string) => string;
  /** Lines of the RUN instructions that only live sync has. */
  readonly liveRuns: ReadonlySet<number>;
  /** Files that are copied below this line are reloaded by the program itself. */
  readonly reloadsAfterLine: number;
}

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** Returns `COPY src /app (line 3)`. */
function describe({ instruction: { keyword, text, line }, triggerOf }: EvaluatedInstruction): string {
  const words = text.slice(keyword.length).trim().split(/\s+/);
  const where = triggerOf === undefined ? `line ${line.toString()}` : `ONBUILD of ${triggerOf}`;
  return `${shortened([keyword, ...words].join(' '))} (${where})`;
}

/** Flags of COPY and ADD that do not affect paths and modes. */
const followedFlags = new Set(['from', 'chown', 'link', 'checksum', 'keep-git-dir']);

/** Paths of the context that `RUN --mount=type=bind` shows to its command. */
function boundSources({ flags }: EvaluatedInstruction['instruction']): string[] {
  return flags.flatMap(({ name, value = '' }) => {
    if (name !== 'mount') return [];
    const fields = new Map(
      value.split(',').map(it => [it.split('=', 1)[0] ?? '', it.replace(/^[^=]*=/, '')]),
    );
    if ((fields.get('type') ?? 'bind') !== 'bind' || fields.has('from')) return [];
    const source = fields.get('source') ?? fields.get('src') ?? '';
    return [source.includes('$') ? '' : path.posix.resolve('/', source).slice(1)];
  });
}

export function readStage({ instructions }: EvaluatedStage, options: StageOptions): StageStep[] {
  const reader = new StageReader(options);
  for (const step of instructions) reader.read(step);
  return reader.stageSteps;
}

class StageReader {
  readonly stageSteps: StageStep[] = [];
  readonly #options: StageOptions;
  /** Paths that are directories, as a WORKDIR or a COPY has made them. */
  readonly #directories = new Set<string>();

  constructor(options: StageOptions) {
    this.#options = options;
  }

  read(step: EvaluatedInstruction): void {
    this.#remember(step.before.workingDirectory);
    const { keyword } = step.instruction;
    if (keyword === 'RUN') this.#run(step);
    if (keyword === 'COPY' || keyword === 'ADD') this.#copy(step);
  }

  /** Remembers a directory, and all that hold it. */
  #remember(directory: string): void {
    for (let at = directory; !this.#directories.has(at); at = path.posix.dirname(at))
      this.#directories.add(at);
  }

  #run(step: EvaluatedInstruction): void {
    const { instruction, before, triggerOf } = step;
    const { args, environment, user, shell, workingDirectory } = before;
    const { liveRuns, resolve } = this.#options;
    const text = describe(step);
    const isLive = triggerOf === undefined && liveRuns.has(instruction.line);
    const isShell = /(^|\/)(ba|da|a)?sh$/.test(shell[0] ?? '') && shell.at(-1) === '-c';
    const command = instruction.isJson
      ? { words: instruction.words }
      : isShell
        ? { line: instruction.rest }
        : { words: [] };
    for (const source of boundSources(instruction)) this.stageSteps.push({ do: 'bind', source, text });
    const repeats = isLive ? undefined : parseRepeats(command, { directory: workingDirectory, text });
    this.stageSteps.push({
      do: 'run',
      isLive,
      repeats: repeats?.map(it => ({ ...it, paths: it.paths.map(resolve) })),
      replay: {
        text,
        command: instruction.isJson ? instruction.words : [...shell, instruction.rest],
        user: user === '' ? '0' : user,
        workingDirectory,
        environment: Object.fromEntries([...args, ...environment]),
        isPrivileged: false,
        isPartOfImage: true,
      },
    });
  }

  #copy(step: EvaluatedInstruction): void {
    const { instruction, words, flags, before, triggerOf } = step;
    this.stageSteps.push({ do: 'layer' });
    if (instruction.hasHeredoc) return;
    const text = describe(step);
    const given = words.at(-1) ?? '';
    const writtenDestination = path.posix.resolve(before.workingDirectory, given);
    const destination = this.#options.resolve(writtenDestination);
    const isIntoDirectory =
      words.length > 2 || /(^|\/)\.{0,2}$/.test(given) || this.#isDirectory(writtenDestination);
    this.#remember(isIntoDirectory ? writtenDestination : path.posix.dirname(writtenDestination));
    const owner = flags.get('chown');
    const isReloaded = triggerOf === undefined && instruction.line > this.#options.reloadsAfterLine;
    // Only BuildKit knows where these put what.
    if ([...flags.keys()].some(name => !followedFlags.has(name))) {
      for (const source of words.slice(0, -1))
        this.stageSteps.push({ do: 'bind', source: path.posix.resolve('/', source).slice(1), text });
      return;
    }
    const put = { text, destination, writtenDestination, isIntoDirectory, owner, isReloaded };
    const from = flags.get('from');
    if (from !== undefined) {
      const sources = words.slice(0, -1).map(it => path.posix.resolve('/', it));
      this.stageSteps.push({ do: 'cover', cover: { ...put, from, sources } });
      return;
    }
    for (const source of words.slice(0, -1).filter(it => !/^[a-z]+:\/\//.test(it)))
      this.stageSteps.push({
        do: 'copy',
        step: {
          ...put,
          source: path.posix.resolve('/', source).slice(1),
          isUnpacking: instruction.keyword === 'ADD',
        },
      });
  }

  #isDirectory(directory: string): boolean {
    return this.#directories.has(directory) || this.#options.isDirectory(directory) === true;
  }
}
