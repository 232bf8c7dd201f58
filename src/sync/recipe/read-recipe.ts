/** Reads from a Dockerfile where files of the context end in the image, and what else depends on them. Pure. */
import {
  evaluateDockerfile,
  findStage,
  findTarget,
  type EvaluateOptions,
  type EvaluatedStage,
} from '../../project/dockerfile/evaluate/evaluate-dockerfile.ts';
import { emptyImageConfig } from '../../project/dockerfile/evaluate/image-config.ts';
import type { ParsedDockerfile } from '../../project/dockerfile/parse/parse-dockerfile.ts';
import { below, type Cover, type CopyStep } from './copy-step.ts';
import { canPassThrough, passThrough } from './pass-through.ts';
import { readStage, type StageStep, type StageOptions } from './read-stage.ts';

export interface Recipe {
  /** The copies that make the image, in their order. */
  readonly steps: readonly CopyStep[];
  /** What else is made of the context: copies of other stages, files that only BuildKit places. The obstacle names it. */
  readonly otherSteps: readonly CopyStep[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory: string;
}

export interface RecipeOptions extends Required<EvaluateOptions>, Partial<StageOptions> {
  readonly target: string | undefined;
}

/** Paths that are directories in most images, and that people copy single files to. */
const wellKnown = new Set(
  '/ /bin /etc /home /lib /media /mnt /opt /root /run /sbin /srv /tmp /usr /usr/bin /usr/lib /usr/local /usr/local/bin /usr/local/lib /usr/local/sbin /usr/sbin /usr/share /usr/src /var /var/lib /var/www /var/www/html /etc/init.d /etc/systemd/system /usr/share/nginx/html'.split(
    ' ',
  ),
);

interface Stage {
  readonly name: string;
  readonly stageSteps: readonly StageStep[];
  /** The stages that it starts from and copies from. */
  readonly sources: readonly number[];
  readonly parent: number | undefined;
}

export function readRecipe(dockerfile: ParsedDockerfile, options: RecipeOptions): Recipe {
  const {
    buildArgs,
    baseImages,
    target,
    isDirectory = (path: string) => wellKnown.has(path),
    resolve = (path: string) => path,
    liveRuns = new Set(),
    reloadsAfterLine = Infinity,
  } = options;
  const evaluated = evaluateDockerfile(dockerfile, { buildArgs, baseImages });
  const stages = evaluated.stages.map((stage, i): Stage => ({
    name: stage.name ?? i.toString(),
    stageSteps: readStage(stage, { isDirectory, resolve, liveRuns, reloadsAfterLine }),
    sources: sourcesOf(stage, evaluated.stages.slice(0, i)),
    parent: stage.parent,
  }));
  const last = findTarget(evaluated.stages, target);
  const chain = chainOf(stages, last);
  const { entrypoint, command, workingDirectory } = evaluated.stages[last]?.config ?? emptyImageConfig;
  const used = usedBy(stages, last).filter(i => !chain.includes(i));
  const own = chain.flatMap(i => stages[i]?.stageSteps ?? []);
  const stageOf = ({ from }: Cover): number => findStage(evaluated.stages, from) ?? -1;
  const insideOf = (i: number): readonly CopyStep[] => {
    const stage = stages[i];
    const isTakenElsewhere = used.some(it => it !== i && stages[it]?.sources.includes(i));
    if (stage === undefined || stage.parent !== undefined || isTakenElsewhere) return [];
    const covers = own.flatMap(it => (it.do === 'cover' && stageOf(it.cover) === i ? [it.cover] : []));
    return toSteps(stage.stageSteps).filter(step => canPassThrough(step, covers));
  };
  const passed = new Map(used.map(i => [i, insideOf(i)]));
  return {
    steps: toSteps(own, cover => passed.get(stageOf(cover)) ?? []),
    otherSteps: [...chain, ...used]
      .flatMap(i => (stages[i]?.stageSteps ?? []).flatMap(toBoundStep))
      .concat(
        used.flatMap(i => {
          const { name = '', stageSteps = [] } = stages[i] ?? {};
          const through = passed.get(i)?.map(({ text }) => text) ?? [];
          return toSteps(stageSteps)
            .filter(({ text }) => !through.includes(text))
            .map(step => ({ ...step, obstacle: `goes into the stage ${name}` }));
        }),
      ),
    entrypoint,
    command,
    workingDirectory,
  };
}

/** A step that says of files that only a build can tell what becomes of them. */
const toBoundStep = (it: StageStep): CopyStep[] =>
  it.do !== 'bind'
    ? []
    : [
        {
          text: it.text,
          source: it.source,
          destination: '/',
          writtenDestination: '/',
          isIntoDirectory: true,
          owner: undefined,
          isUnpacking: false,
          obstacle: 'only a build carries out',
          replays: [],
          repeats: [],
          isReloaded: false,
          covers: [],
          copiesAfter: 'unknown',
        },
      ];

function sourcesOf({ parent, instructions }: EvaluatedStage, before: readonly EvaluatedStage[]): number[] {
  const copied = instructions.flatMap(({ flags }) => {
    const from = flags.get('from');
    return from === undefined ? [] : (findStage(before, from) ?? []);
  });
  return parent === undefined ? copied : [parent, ...copied];
}

/** Returns copies with what follows them. `insideOf` returns the copies of the stage that a cover takes its files of. */
function toSteps(
  stageSteps: readonly StageStep[],
  insideOf: (cover: Cover) => readonly CopyStep[] = () => [],
): CopyStep[] {
  return stageSteps.flatMap((it, i): CopyStep[] => {
    if (it.do !== 'copy' && it.do !== 'cover') return [];
    const later = stageSteps.slice(i + 1);
    const runs = later.flatMap(other => (other.do === 'run' ? [other] : []));
    // A RUN of live sync alone may be repeated in a container; of any other nobody knows whether it can be.
    const consumer = runs.find(run => !run.isLive && run.repeats === undefined);
    const then = {
      obstacle: consumer && `feeds ${consumer.replay.text}`,
      replays: runs.flatMap(({ replay, repeats }) => (repeats === undefined ? [replay] : [])),
      repeats: runs.flatMap(({ repeats }) => repeats ?? []),
      covers: later.flatMap(other => (other.do === 'cover' ? [other.cover] : [])),
    };
    if (it.do === 'cover')
      return passThrough(insideOf(it.cover), it.cover).map(step => ({ ...step, ...then }));
    return [{ ...it.step, ...then, copiesAfter: later.filter(other => other.do === 'layer').length }];
  });
}

/** Returns the copy of another stage that may be at `target` instead: it goes within what `step` makes, or right there. */
export const findCover = ({ covers, destination }: CopyStep, target: string): string | undefined =>
  covers.find(
    it =>
      it.destination === target ||
      (below(it.destination, target) !== undefined &&
        it.destination !== destination &&
        below(destination, it.destination) !== undefined),
  )?.text;

/** Returns the stages that a stage is made of, the earliest first. */
function chainOf(stages: readonly Stage[], last: number): number[] {
  const chain: number[] = [];
  for (let i = last; stages[i] !== undefined; i = stages[i]?.parent ?? -1) chain.unshift(i);
  return chain;
}

/** Returns every stage that something of `last` comes from, itself included, in their order. */
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
