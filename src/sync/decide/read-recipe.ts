/** What a Dockerfile says about files: which of the context end where in the image, and what else depends on them. Pure. */
import type { Instruction, ParsedDockerfile } from '../../project/dockerfile/parse-dockerfile.ts';
import { below, type CopyStep } from './copy-step.ts';
import { emptyGround, StageReader, type Ground, type Happening, type StageOptions } from './read-stage.ts';
import { expand } from './variables.ts';

export interface Recipe {
  /** Those that make the image, in their order. */
  readonly steps: readonly CopyStep[];
  /** Those of other stages that the image takes something of: their obstacle says which. */
  readonly otherSteps: readonly CopyStep[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory: string;
}

export interface RecipeOptions
  extends Pick<StageOptions, 'buildArgs'>, Partial<Pick<StageOptions, 'liveRuns' | 'reloadsAfterLine'>> {
  readonly target: string | undefined;
  /** What an image brings along, by reference. */
  readonly baseImages: ReadonlyMap<string, Ground>;
  readonly isDirectory?: StageOptions['isDirectory'];
}

/** Where people copy single files to, that are directories in most images. */
const wellKnown = new Set(
  '/ /bin /etc /home /lib /media /mnt /opt /root /run /sbin /srv /tmp /usr /usr/bin /usr/lib /usr/local /usr/local/bin /usr/local/lib /usr/local/sbin /usr/sbin /usr/share /usr/src /var /var/lib /var/www /var/www/html /etc/init.d /etc/systemd/system /usr/share/nginx/html'.split(
    ' ',
  ),
);

interface Stage {
  readonly name: string;
  readonly ground: Ground;
  readonly happenings: readonly Happening[];
  /** The stages it starts from and copies from. */
  readonly sources: readonly number[];
  readonly parent: number;
}

/** `instructions` begin with FROM. */
class FileReader {
  readonly #options: RecipeOptions;
  readonly #escape: string;
  readonly #globals = new Map<string, string>();
  readonly stages: Stage[] = [];

  constructor({ globalArgs, directives }: ParsedDockerfile, options: RecipeOptions) {
    this.#options = options;
    this.#escape = directives['escape'] ?? '\\';
    for (const [name, value] of Object.entries(globalArgs)) {
      const known = options.buildArgs[name] ?? (value === undefined ? undefined : this.#expand(value));
      if (known !== undefined) this.#globals.set(name, known);
    }
  }

  #expand(text: string): string {
    return expand(text, { values: this.#globals, escape: this.#escape });
  }

  #find(name: string): number {
    const named = this.stages.findIndex(stage => stage.name === name.toLowerCase());
    return named === -1 && /^\d+$/.test(name) ? Number(name) : named;
  }

  readStage(
    { name, image }: { name: string | undefined; image: string },
    inside: readonly Instruction[],
  ): void {
    const { buildArgs, baseImages, liveRuns = new Set(), reloadsAfterLine = Infinity } = this.#options;
    const reference = this.#expand(image);
    const parent = this.stages.findIndex(stage => stage.name === reference.toLowerCase());
    const ground = this.stages[parent]?.ground ?? baseImages.get(reference) ?? emptyGround;
    const { isDirectory = (path: string) => wellKnown.has(path) } = this.#options;
    const reader = new StageReader({
      ...{ ground, image: reference, buildArgs, globals: this.#globals, escape: this.#escape },
      ...{ liveRuns, reloadsAfterLine, isDirectory },
    });
    for (const instruction of inside) reader.read(instruction);
    const copied = [...ground.triggers, ...inside].flatMap(({ flags }) =>
      flags.filter(it => it.name === 'from').map(({ value = '' }) => this.#find(value)),
    );
    this.stages.push({
      ...{ name: name ?? this.stages.length.toString(), ground: reader.ground, parent },
      ...{ happenings: reader.happenings, sources: [parent, ...copied] },
    });
  }
}

export function readRecipe(dockerfile: ParsedDockerfile, options: RecipeOptions): Recipe {
  const reader = new FileReader(dockerfile, options);
  const { stages, instructions } = dockerfile;
  for (const [i, stage] of stages.entries()) {
    const end = stages[i + 1]?.line ?? Infinity;
    reader.readStage(
      stage,
      instructions.filter(({ line }) => line > stage.line && line < end),
    );
  }
  const wanted = options.target?.toLowerCase();
  const found = stages.findIndex(({ name }, i) => name === wanted || i.toString() === wanted);
  const last = wanted === undefined || found === -1 ? stages.length - 1 : found;
  const chain = chainOf(reader.stages, last);
  const { entrypoint, command, workingDirectory } = reader.stages[last]?.ground ?? emptyGround;
  return {
    steps: toSteps(chain.flatMap(i => reader.stages[i]?.happenings ?? [])),
    otherSteps: usedBy(reader.stages, last).flatMap(i => {
      const stage = reader.stages[i];
      if (stage === undefined || chain.includes(i)) return [];
      return toSteps(stage.happenings).map(step => ({
        ...step,
        obstacle: `goes into the stage ${stage.name}`,
      }));
    }),
    ...{ entrypoint, command, workingDirectory },
  };
}

/** Copies with what comes after them. */
function toSteps(happenings: readonly Happening[]): CopyStep[] {
  return happenings.flatMap((it, i): CopyStep[] => {
    if (it.do !== 'copy') return [];
    const later = happenings.slice(i + 1);
    const runs = later.flatMap(other => (other.do === 'run' ? [other] : []));
    // What is there for live sync alone may be done to a container; of others nobody knows whether they can be repeated.
    const consumer = runs.find(({ isLive }) => !isLive);
    return [
      {
        ...it.step,
        obstacle: consumer && `feeds ${consumer.replay.text}`,
        replays: runs.map(({ replay }) => replay),
        covers: later.flatMap(other => (other.do === 'cover' ? [other.cover] : [])),
      },
    ];
  });
}

/** What of other stages may lie at `target` instead: it is put somewhere within what `step` makes, or right there. */
export const findCover = ({ covers, destination }: CopyStep, target: string): string | undefined =>
  covers.find(
    it =>
      it.destination === target ||
      (below(it.destination, target) !== undefined &&
        it.destination !== destination &&
        below(destination, it.destination) !== undefined),
  )?.text;

/** The stages that a stage is made of, the earliest first. */
function chainOf(stages: readonly Stage[], last: number): number[] {
  const chain: number[] = [];
  for (let i = last; stages[i] !== undefined; i = stages[i]?.parent ?? -1) chain.unshift(i);
  return chain;
}

/** Every stage that something of `last` comes from, itself included, in their order. */
function usedBy(stages: readonly Stage[], last: number): number[] {
  const used = new Set<number>();
  const visit = (i: number): void => {
    if (used.has(i) || stages[i] === undefined) return;
    used.add(i);
    for (const source of stages[i].sources) visit(source);
  };
  visit(last);
  return [...used].sort((a, b) => a - b);
}
