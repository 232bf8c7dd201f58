/** The Dockerfile of a build that starts with images of an earlier one. */
import type { Instruction } from '../../../project/dockerfile/parse/instruction.ts';
import type { ParsedDockerfile } from '../../../project/dockerfile/parse/parse-dockerfile.ts';
import type { BuildRecipe } from '../../desired/desired.ts';
import type { PlainCopy } from './plain-copy.ts';
import type { StagePlan } from './plan-stages.ts';

/** Folder of the context in the tar, so that none of its files is taken for an ignore file or a Dockerfile. */
export const contextFolder = 'context';

export interface ContinuedStage extends StagePlan {
  /** The image to start with; undefined: the stage's own FROM. */
  readonly image: string | undefined;
}

export interface ContinuedDockerfile {
  readonly text: string;
  /** For each step as the engine counts: the place in the recipe, or undefined for a line that was added. */
  readonly places: readonly (number | undefined)[];
}

/** `ARG NAME` and `ARG NAME=value` whose value does not depend on other variables. */
const plainArg = /^ARG\s+\w+(?:=[\w./:@+,-]*)?$/i;

/** Rewrites a `COPY` of the context to the directory that contains the context. */
function rewriteCopy({ keyword, flags }: Instruction, copy: PlainCopy): string {
  const given = flags.map(({ name, value }) => `--${name}=${value ?? ''} `).join('');
  const sources = copy.sources.map(source => `${contextFolder}/${source}`);
  return `${keyword} ${given}${JSON.stringify([...sources, copy.writtenDestination])}`;
}

interface Source {
  readonly recipe: BuildRecipe;
  readonly parsed: ParsedDockerfile;
  /** Every COPY and ADD that takes files of the context, by place. */
  readonly copies: ReadonlyMap<number, PlainCopy>;
}

/** Undefined if a stage cannot be continued at its place. */
export function writeContinuedDockerfile(
  stages: readonly ContinuedStage[],
  { recipe: { steps }, parsed: { instructions, directives }, copies }: Source,
): ContinuedDockerfile | undefined {
  const lines: string[] = [];
  const places: (number | undefined)[] = [];
  const add = (line: string, place?: number): void => {
    lines.push(line);
    places.push(place);
  };
  for (const [place, step] of steps.entries()) if (step.stage === -1) add(step.text, place);
  for (const { stage, image, start, rest } of stages) {
    const own = [...steps.keys()].filter(place => steps[place]?.stage === stage);
    const [fromPlace = -1] = own;
    const from = instructions[fromPlace];
    if (from === undefined) return undefined;
    if (image === undefined || start.from === 'instruction') add(from.text, fromPlace);
    else {
      const [, as, name] = from.words;
      const alias = as?.toUpperCase() === 'AS' && name !== undefined ? ` AS ${name}` : '';
      add(`FROM ${image}${alias}`);
      const done = own.filter(place => place !== fromPlace && place <= start.after);
      const again = linesToRepeat(done, rest, instructions);
      if (again === undefined) return undefined;
      for (const line of again) add(line);
    }
    for (const place of rest) {
      const instruction = instructions[place];
      if (instruction === undefined) return undefined;
      const copy = copies.get(place);
      add(copy === undefined ? instruction.text : rewriteCopy(instruction, copy), place);
    }
  }
  const escape = directives['escape'];
  const head = escape === undefined ? '' : `# escape=${escape}\n`;
  return { text: `${head}${lines.join('\n')}\n`, places };
}

/** ARG affects the stage, not the image, so it is repeated. Undefined if the result is not certain. */
function linesToRepeat(
  done: readonly number[],
  rest: readonly number[],
  instructions: readonly Instruction[],
): string[] | undefined {
  if (rest.length === 0) return [];
  const has = (places: readonly number[], keyword: string): boolean =>
    places.some(place => instructions[place]?.keyword === keyword);
  // ENTRYPOINT clears a CMD of the base image, but not one of the same stage.
  if (has(done, 'CMD') && has(rest, 'ENTRYPOINT')) return undefined;
  const args = done.flatMap(place => {
    const instruction = instructions[place];
    return instruction?.keyword === 'ARG' ? [instruction.text] : [];
  });
  return args.every(text => plainArg.test(text)) ? args : undefined;
}
