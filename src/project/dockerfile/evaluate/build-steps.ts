/** The steps of a build in the classic builder's numbering, each with the inputs of its cache key. */
import { findStage, type EvaluatedDockerfile, type EvaluatedStage } from './evaluate-dockerfile.ts';
import type { EvaluatedInstruction } from './stage-scope.ts';

export interface BuildStep {
  /** From 1, as the engine prints it. */
  readonly number: number;
  /** On one line. */
  readonly text: string;
  readonly keyword: string;
  /** -1 before the first FROM. */
  readonly stage: number;
  /** The build arguments that the engine makes part of the cache key, with their values. */
  readonly args: Readonly<Record<string, string>>;
  /** The base of FROM, or the source of `COPY --from`. */
  readonly from: { readonly stage: number } | { readonly image: string } | undefined;
  /** Paths of the context that COPY and ADD take; undefined when only the build can determine them. */
  readonly sources: readonly string[] | undefined;
}

const isUrl = (source: string): boolean => /^(?:https?|git|ssh):\/\/|^git@/.test(source);

/** Every step up to the end of the stage `last`. */
export function listBuildSteps(
  { globals, stages }: EvaluatedDockerfile,
  last: number = stages.length - 1,
): BuildStep[] {
  const before = globals.map(it => toStep(it, { stage: -1, from: undefined, sources: [], args: {} }));
  const inStages = stages.slice(0, last + 1).flatMap((stage, i) => {
    const start = stage.parent === undefined ? { image: stage.image } : { stage: stage.parent };
    return [
      toStep(stage.from, { stage: i, from: start, sources: [], args: {} }),
      ...stage.instructions.map(it => readStep(it, stages, i, stage)),
    ];
  });
  return [...before, ...inStages];
}

type StepParts = Pick<BuildStep, 'stage' | 'args' | 'from' | 'sources'>;

const toStep = ({ number, instruction }: EvaluatedInstruction, parts: StepParts): BuildStep => ({
  number,
  text: instruction.text,
  keyword: instruction.keyword,
  ...parts,
});

function readStep(
  step: EvaluatedInstruction,
  stages: readonly EvaluatedStage[],
  stage: number,
  { isBaseKnown }: EvaluatedStage,
): BuildStep {
  const { keyword } = step.instruction;
  const takesFiles = keyword === 'COPY' || keyword === 'ADD';
  const name = step.flags.get('from');
  const index = name === undefined ? undefined : findStage(stages.slice(0, stage), name);
  return toStep(step, {
    stage,
    args: argsOf(step),
    from: name === undefined ? undefined : index === undefined ? { image: name } : { stage: index },
    sources: takesFiles && name === undefined ? sourcesOf(step, isBaseKnown) : [],
  });
}

/** RUN sees every argument that ENV does not hide; other instructions those that they name. */
function argsOf({ instruction: { keyword }, before, names }: EvaluatedInstruction): Record<string, string> {
  if (keyword === 'ARG') return {};
  return Object.fromEntries([...before.args].filter(([name]) => keyword === 'RUN' || names.has(name)));
}

function sourcesOf(step: EvaluatedInstruction, isBaseKnown: boolean): readonly string[] | undefined {
  if (step.isUncertain || (step.unset.size > 0 && !isBaseKnown)) return undefined;
  return step.words.slice(0, -1).filter(source => !isUrl(source));
}
