/** What a Dockerfile says about files: which of the context end where in the image, and what else depends on them. */
import path from 'node:path';
import type { Instruction, ParsedDockerfile } from '../../project/dockerfile/parse-dockerfile.ts';
import type { CopyStep } from './copy-step.ts';
import { expand, readPairs } from './variables.ts';

/** What an image brings along that a Dockerfile builds on. */
export interface BaseImage {
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

export interface Recipe {
  readonly steps: readonly CopyStep[];
  /** ENTRYPOINT and CMD, in words; a shell form is one word. */
  readonly command: readonly string[];
}

export interface RecipeOptions {
  readonly buildArgs: Readonly<Record<string, string | null>>;
  readonly target: string | undefined;
  readonly baseImages: ReadonlyMap<string, BaseImage>;
}

interface Stage {
  readonly name: string | undefined;
  readonly image: string;
  readonly instructions: readonly Instruction[];
}

function splitStages({ stages, instructions }: ParsedDockerfile): Stage[] {
  return stages.map(({ name, image, line }, i) => ({
    ...{ name, image },
    instructions: instructions.filter(
      it => it.line > line && it.line < (stages[i + 1]?.line ?? Number.MAX_SAFE_INTEGER),
    ),
  }));
}

const said = ({ keyword, arguments: words, flags, line }: Instruction): string => {
  const given = flags.map(({ name, value }) => (value === undefined ? `--${name}` : `--${name}=${value}`));
  const whole = [keyword, ...given, ...words].join(' ');
  const short = whole.length > 60 ? `${whole.slice(0, 57)}...` : whole;
  return `${short} (line ${line.toString()})`;
};

/** Where people copy single files to, that are directories in every image. */
const wellKnown = new Set(
  '/ /app /bin /etc /home /lib /media /mnt /opt /root /run /sbin /srv /tmp /usr /usr/bin /usr/lib /usr/local /usr/local/bin /usr/local/lib /usr/local/sbin /usr/sbin /usr/share /usr/src /usr/src/app /var /var/lib /var/www /var/www/html /etc/init.d /etc/systemd/system /usr/share/nginx/html'.split(
    ' ',
  ),
);

const isArchive = (source: string): boolean => /\.(tar|tgz|tbz2?|txz|tar\.\w+)$/.test(source);

/** Reads the steps of one stage after another; a stage that starts from another of the file goes on where that ends. */
class StageReader {
  readonly #options: RecipeOptions;
  readonly #values: Map<string, string>;
  #directory = '/';
  readonly #directories = new Set(wellKnown);
  readonly steps: CopyStep[] = [];
  #command: readonly string[] = [];
  #entrypoint: readonly string[] = [];

  constructor(options: RecipeOptions, values: ReadonlyMap<string, string>) {
    this.#options = options;
    this.#values = new Map(values);
  }

  get command(): readonly string[] {
    return [...this.#entrypoint, ...this.#command];
  }

  begin(base: BaseImage | undefined): void {
    if (base === undefined) return;
    for (const [name, value] of Object.entries(base.environment)) this.#values.set(name, value);
    if (base.workingDirectory !== '') this.#enter(base.workingDirectory);
    this.#command = base.command;
  }

  read(instructions: readonly Instruction[]): void {
    for (const [i, instruction] of instructions.entries()) {
      const later = instructions.slice(i + 1);
      const words = instruction.json ?? instruction.arguments;
      switch (instruction.keyword) {
        case 'ENV':
          for (const [name, value] of readPairs(words)) this.#values.set(name, expand(value, this.#values));
          break;
        case 'ARG':
          for (const [name, value] of readPairs(words)) this.#argument(name, value);
          break;
        case 'WORKDIR':
          this.#enter(expand(words.join(' '), this.#values));
          break;
        case 'CMD':
          this.#command = instruction.json ?? [words.join(' ')];
          break;
        case 'ENTRYPOINT':
          this.#entrypoint = instruction.json ?? [words.join(' ')];
          this.#command = [];
          break;
        case 'COPY':
        case 'ADD':
          this.#copy(instruction, words, later);
          break;
      }
    }
  }

  #argument(name: string, value: string): void {
    const given = this.#options.buildArgs[name] ?? undefined;
    // ENV wins over ARG.
    if (given !== undefined || !this.#values.has(name))
      this.#values.set(name, given ?? expand(value, this.#values));
  }

  #enter(directory: string): void {
    this.#directory = path.posix.resolve(this.#directory, directory);
    this.#directories.add(this.#directory);
  }

  #copy(instruction: Instruction, words: readonly string[], later: readonly Instruction[]): void {
    if (instruction.hasHeredoc || instruction.flags.some(({ name }) => name === 'from')) return;
    const expanded = words.map(word => expand(word, this.#values));
    const sources = expanded.slice(0, -1).filter(source => !/^[a-z]+:\/\//.test(source));
    const given = expanded.at(-1) ?? '';
    const destination = path.posix.resolve(this.#directory, given);
    const isIntoDirectory =
      expanded.length > 2 || /(^|\/)\.{0,2}$/.test(given) || this.#directories.has(destination);
    if (isIntoDirectory) this.#directories.add(destination);
    const consumer = later.find(({ keyword }) => keyword === 'RUN');
    const chown = instruction.flags.find(({ name }) => name === 'chown')?.value;
    for (const source of sources) {
      const isUnpacked = instruction.keyword === 'ADD' && isArchive(source);
      const fed = consumer === undefined ? undefined : `feeds ${said(consumer)}`;
      this.steps.push({
        text: said(instruction),
        source: path.posix.relative('/', path.posix.resolve('/', source)),
        ...{ destination, isIntoDirectory },
        owner: chown === undefined ? undefined : expand(chown, this.#values),
        obstacle: isUnpacked ? 'is unpacked by ADD' : fed,
      });
    }
  }
}

/** Reads what becomes of the context's files. Pure. */
export function readRecipe(dockerfile: ParsedDockerfile, options: RecipeOptions): Recipe {
  const stages = splitStages(dockerfile);
  const globals = new Map<string, string>();
  for (const [name, value] of Object.entries(dockerfile.globalArgs))
    globals.set(name, options.buildArgs[name] ?? value ?? '');
  const wanted = options.target?.toLowerCase();
  const found = stages.findIndex(({ name }, i) => name === wanted || i.toString() === wanted);
  const last = wanted === undefined || found === -1 ? stages.length - 1 : found;
  const chain = chainOf(stages, last);
  const first = stages[chain[0] ?? 0];
  const base = expand(first?.image ?? '', globals);
  const reader = new StageReader(options, globals);
  reader.begin(options.baseImages.get(base));
  reader.read(chain.flatMap(i => stages[i]?.instructions ?? []));
  const others = stages.slice(0, last).flatMap((stage, i) => {
    if (chain.includes(i)) return [];
    const inside = new StageReader(options, globals);
    inside.read(stage.instructions);
    const where = stage.name ?? i.toString();
    return inside.steps.map(step => ({ ...step, obstacle: step.obstacle ?? `goes into the stage ${where}` }));
  });
  return { steps: [...others, ...reader.steps], command: reader.command };
}

/** The stages that a stage is made of, the earliest first. */
function chainOf(stages: readonly Stage[], last: number): number[] {
  const chain = [last];
  for (let i = last; ;) {
    const image = stages[i]?.image.toLowerCase();
    i = stages.findIndex(({ name }, j) => j < i && name !== undefined && name === image);
    if (i === -1) return chain;
    chain.unshift(i);
  }
}
