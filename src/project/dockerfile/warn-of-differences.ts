/**
 * Warns of instructions of which the classic builder, which devices have, and BuildKit make different files without a word.
 * Measured with moby 20.10 (both builders) and BuildKit 0.8.
 */
import path from 'node:path';
import type { BuildPlace } from '../build.ts';
import type { PlaceAt, Problems } from '../problem.ts';
import type { EvaluatedDockerfile, EvaluatedStage } from './evaluate/evaluate-dockerfile.ts';
import type { EvaluatedInstruction } from './evaluate/stage-scope.ts';

export interface DifferenceOptions {
  readonly placeAt: PlaceAt;
  readonly buildArgs: Readonly<Record<string, string | null>>;
  readonly place: BuildPlace | undefined;
}

export interface BaseVolumeOptions extends Pick<DifferenceOptions, 'placeAt' | 'place'> {
  /** Paths of volumes, by the image's name. */
  readonly volumes: ReadonlyMap<string, readonly string[]>;
}

const builderAt = (place: BuildPlace | undefined): string =>
  place === 'local' ? "a device's builder" : "the device's builder";

/** A stage and those that it starts from, in the order in which they are built. */
interface Lineage {
  readonly stage: EvaluatedStage;
  readonly inherited: readonly EvaluatedInstruction[];
}

type Warn = (it: EvaluatedInstruction, subject: string, message: string) => void;

/** Warns once of each volume, directory and argument that differs between the two builders. */
export function warnOfDifferences(
  { stages }: EvaluatedDockerfile,
  { placeAt, buildArgs, place }: DifferenceOptions,
  problems: Problems,
): void {
  const builder = builderAt(place);
  const warn: Warn = ({ instruction: { line, column } }, subject, message) =>
    problems.warn(placeAt(line, column), subject, message);
  for (const stage of stages) {
    const lineage = { stage, inherited: inheritedBy(stage, stages) };
    warnOfVolumes(lineage, builder, warn);
    warnOfOwners(lineage, builder, warn);
    warnOfArgs(lineage, { builder, buildArgs }, warn);
  }
}

function inheritedBy(
  { parent }: EvaluatedStage,
  stages: readonly EvaluatedStage[],
): readonly EvaluatedInstruction[] {
  const stage = parent === undefined ? undefined : stages[parent];
  return stage === undefined ? [] : [...inheritedBy(stage, stages), ...stage.instructions];
}

const keywordOf = ({ instruction }: EvaluatedInstruction): string => instruction.keyword;

const isWithin = (name: string, directory: string): boolean =>
  name === directory || name.startsWith(directory === '/' ? '/' : `${directory}/`);

/** Words of a command that may be paths, as it would find them from its working directory. */
const pathsOf = ({ instruction, before }: EvaluatedInstruction): string[] =>
  instruction.rest
    .split(/[\s"'`;&|()<>=:,[\]]+/)
    .filter(word => word !== '' && !word.startsWith('-'))
    .map(word =>
      word.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
        const name = braced ?? bare ?? '';
        return before.environment.get(name) ?? before.args.get(name) ?? whole;
      }),
    )
    .map(word => path.posix.resolve(before.workingDirectory, word));

/** By path: where the volume is declared, for messages. */
type Volumes = Map<string, string>;

/** Calls `report` with the first RUN of `stage` below each volume: those that it begins with, and those that it declares if `declares`. */
function findVolumeUses(
  stage: EvaluatedStage,
  { volumes, declares }: { readonly volumes: Volumes; readonly declares: boolean },
  report: (run: EvaluatedInstruction, volume: string, declared: string) => void,
): void {
  const reported = new Set<string>();
  for (const it of stage.instructions) {
    if (declares) declareVolumes(it, volumes);
    if (keywordOf(it) !== 'RUN') continue;
    const paths = [...pathsOf(it), it.before.workingDirectory];
    for (const [volume, declared] of volumes) {
      if (reported.has(volume) || !paths.some(name => isWithin(name, volume))) continue;
      reported.add(volume);
      report(it, volume, declared);
    }
  }
}

/** A relative path is relative to the root, whatever WORKDIR is. */
const volumesOf = (it: EvaluatedInstruction): string[] =>
  keywordOf(it) === 'VOLUME' ? it.words.map(word => path.posix.resolve('/', word)) : [];

function declareVolumes(it: EvaluatedInstruction, volumes: Volumes): void {
  for (const volume of volumesOf(it)) volumes.set(volume, `line ${it.instruction.line.toString()}`);
}

/** The classic builder mounts a volume for each RUN, and leaves its content out of the layer; COPY and ADD are written below it. */
function warnOfVolumes({ stage, inherited }: Lineage, builder: string, warn: Warn): void {
  const volumes: Volumes = new Map();
  for (const it of inherited) declareVolumes(it, volumes);
  findVolumeUses(stage, { volumes, declares: true }, (run, volume, declared) => {
    warn(
      run,
      'RUN',
      `${builder} drops what it changes below ${volume}, BuildKit keeps it: put the VOLUME (${declared}) after it`,
    );
  });
}

/** The volumes that the instructions declare. */
export const declaredVolumes = ({ stages }: EvaluatedDockerfile): ReadonlySet<string> =>
  new Set(stages.flatMap(({ instructions }) => instructions.flatMap(volumesOf)));

/** Warns of each RUN below a volume of a base image; `volumes` has those that are known, by image. */
export function warnOfBaseVolumes(
  { stages }: EvaluatedDockerfile,
  { placeAt, place, volumes }: BaseVolumeOptions,
  problems: Problems,
): void {
  for (const stage of stages) {
    const { image } = rootOf(stage, stages);
    const found: Volumes = new Map(
      (volumes.get(image) ?? []).map(it => [path.posix.resolve('/', it), image]),
    );
    findVolumeUses(
      stage,
      { volumes: found, declares: false },
      ({ instruction: { line, column } }, volume) => {
        problems.warn(
          placeAt(line, column),
          'RUN',
          `${builderAt(place)} drops what it changes below ${volume}, a volume of ${image}; BuildKit keeps it`,
        );
      },
    );
  }
}

/** The first of the stages that `stage` is made of: its image is from outside of the build. */
export const rootOf = (stage: EvaluatedStage, stages: readonly EvaluatedStage[]): EvaluatedStage => {
  const parent = stage.parent === undefined ? undefined : stages[stage.parent];
  return parent === undefined ? stage : rootOf(parent, stages);
};

const isRoot = (user: string): boolean => /^(?:|root|0)(?::.*)?$/.test(user);

/** Directories that nearly every image has. */
const usual =
  /^\/(?:|bin|dev|etc|home|lib|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var|home\/[^/]+|usr\/(?:bin|lib|local|share|src)|var\/(?:cache|lib|log|opt|run|spool|tmp|www))$/;

/** WORKDIR makes a directory that is missing. */
function warnOfOwners({ stage, inherited }: Lineage, builder: string, warn: Warn): void {
  const found: string[] = [];
  const all = [...inherited, ...stage.instructions];
  for (const [i, it] of all.entries()) {
    const keyword = keywordOf(it);
    if (keyword === 'RUN') found.push(...pathsOf(it));
    if (keyword === 'COPY' || keyword === 'ADD')
      found.push(path.posix.resolve(it.before.workingDirectory, it.words.at(-1) ?? ''));
    if (keyword !== 'WORKDIR') continue;
    const directory = path.posix.resolve(it.before.workingDirectory, it.words[0] ?? '');
    const { user } = it.before;
    const isOwnedLater = all
      .slice(i)
      .some(
        later =>
          keywordOf(later) === 'RUN' &&
          /\bchown\b/.test(later.instruction.rest) &&
          pathsOf(later).some(name => isWithin(directory, name)),
      );
    const isThere =
      found.some(name => isWithin(name, directory)) || usual.test(directory) || directory.includes('$');
    if (i >= inherited.length && !isRoot(user) && !isThere && !isOwnedLater)
      warn(
        it,
        'WORKDIR',
        `if the base image has no ${directory}, ${builder} makes it for root, and BuildKit for ${user}: make it before, with its owner`,
      );
    found.push(directory);
  }
}

/** BuildKit passes the arguments of a stage on to those that start from it. */
function warnOfArgs(
  { stage, inherited }: Lineage,
  { builder, buildArgs }: { readonly builder: string; readonly buildArgs: DifferenceOptions['buildArgs'] },
  warn: Warn,
): void {
  const known = new Set<string>();
  for (const it of inherited)
    if (keywordOf(it) === 'ARG')
      for (const word of it.words) {
        const [name = ''] = word.split('=', 1);
        if (word.includes('=') || (buildArgs[name] ?? null) !== null) known.add(name);
      }
  for (const it of stage.instructions)
    for (const name of known) {
      const isUsed =
        it.unset.has(name) ||
        (keywordOf(it) === 'RUN' &&
          new RegExp(`\\$(?:${name}(?!\\w)|\\{${name}\\b)`).test(it.instruction.rest));
      if (!isUsed || it.before.args.has(name) || it.before.environment.has(name)) continue;
      known.delete(name);
      warn(
        it,
        keywordOf(it),
        `${name}, an ARG of the stage ${stage.image}, is empty for ${builder}, and BuildKit has its value: repeat the ARG in this stage, with its default`,
      );
    }
}
