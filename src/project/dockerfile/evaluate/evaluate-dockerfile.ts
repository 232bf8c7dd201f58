/**
 * The one evaluator of Dockerfiles. It follows the instructions as the classic builder does: stages, variables and
 * their scopes, quotes, ONBUILD. Base images, cache keys and the rules of live sync are derived from its result.
 */
import type { ParsedDockerfile } from '../parse/parse-dockerfile.ts';
import { emptyImageConfig, type ImageConfig } from './image-config.ts';
import { StageScope, type EvaluatedInstruction } from './stage-scope.ts';

export interface EvaluateOptions {
  /** null: the value is the Dockerfile's own default. */
  readonly buildArgs: Readonly<Record<string, string | null>>;
  /** Configurations of base images, by reference. Those of others are unknown. */
  readonly baseImages?: ReadonlyMap<string, ImageConfig>;
}

export interface EvaluatedStage {
  /** In lowercase. */
  readonly name: string | undefined;
  /** The FROM, its words expanded. */
  readonly from: EvaluatedInstruction;
  /** Base image, with variables replaced. */
  readonly image: string;
  /** The index of the stage that it starts from. */
  readonly parent: number | undefined;
  /** Triggers of the image first, which have the number and the line of the FROM. */
  readonly instructions: readonly EvaluatedInstruction[];
  /** Configuration with which images that start from this stage begin. */
  readonly config: ImageConfig;
  /** True if the variables of its base image are known. */
  readonly isBaseKnown: boolean;
}

export interface EvaluatedDockerfile {
  /** ARG before the first FROM. */
  readonly globals: readonly EvaluatedInstruction[];
  readonly stages: readonly EvaluatedStage[];
}

export function evaluateDockerfile(
  { instructions, escape }: ParsedDockerfile,
  { buildArgs, baseImages = new Map() }: EvaluateOptions,
): EvaluatedDockerfile {
  const globalScope = new StageScope(emptyImageConfig, { buildArgs, globals: new Map(), escape });
  const globals: EvaluatedInstruction[] = [];
  const stages: OpenStage[] = [];
  for (const [i, instruction] of instructions.entries()) {
    const stage = stages.at(-1);
    const place = { number: i + 1, triggerOf: undefined };
    if (instruction.keyword === 'FROM') {
      const values = globalScope.args;
      const from = new StageScope(emptyImageConfig, {
        buildArgs: {},
        globals: values,
        escape,
        isGlobal: true,
      });
      stages.push(
        openStage(from.evaluate(instruction, place), { stages, buildArgs, baseImages, values, escape }),
      );
    } else if (stage === undefined) globals.push(globalScope.evaluate(instruction, place));
    else stage.instructions.push(stage.scope.evaluate(instruction, place));
  }
  return { globals, stages: stages.map(({ scope, ...stage }) => ({ ...stage, config: scope.config })) };
}

interface OpenStage extends Omit<EvaluatedStage, 'config' | 'instructions'> {
  readonly instructions: EvaluatedInstruction[];
  readonly scope: StageScope;
}

interface StageContext {
  readonly stages: readonly OpenStage[];
  readonly buildArgs: EvaluateOptions['buildArgs'];
  readonly baseImages: ReadonlyMap<string, ImageConfig>;
  readonly values: ReadonlyMap<string, string>;
  readonly escape: string;
}

function openStage(from: EvaluatedInstruction, context: StageContext): OpenStage {
  const { stages, buildArgs, baseImages, values, escape } = context;
  const [image = '', as, name] = from.words;
  const found = stages.findLastIndex(stage => stage.name === image.toLowerCase());
  const parent = found === -1 ? undefined : found;
  const before = stages[found];
  const known = before?.scope.config ?? baseImages.get(image);
  const base = known ?? emptyImageConfig;
  const scope = new StageScope(base, { buildArgs, globals: values, escape });
  const place = { number: from.number, triggerOf: image };
  return {
    name: as?.toUpperCase() === 'AS' ? name?.toLowerCase() : undefined,
    from,
    image,
    parent,
    instructions: base.triggers.map(it => scope.evaluate({ ...it, line: from.instruction.line }, place)),
    isBaseKnown: before?.isBaseKnown ?? (known !== undefined || image === 'scratch'),
    scope,
  };
}

/** The index of the stage that `COPY --from` names; undefined for an image. */
export function findStage(stages: readonly Pick<EvaluatedStage, 'name'>[], name: string): number | undefined {
  const named = stages.findLastIndex(it => it.name === name.toLowerCase());
  if (named !== -1) return named;
  return /^\d+$/.test(name) && Number(name) < stages.length ? Number(name) : undefined;
}

/** Returns the index of the last stage that a build of `target` runs; the last of all if there is no such stage. */
export function findTarget(
  stages: readonly { readonly name: string | undefined }[],
  target: string | undefined,
): number {
  const wanted = target?.toLowerCase();
  const found = stages.findLastIndex(({ name }, i) => name === wanted || i.toString() === wanted);
  return wanted === undefined || found === -1 ? stages.length - 1 : found;
}
