import path from 'node:path';
import type { BuildPlace, Dockerfile } from '../build.ts';
import type { Place, PlaceAt, Problems } from '../problem.ts';
import { faultOfReference } from '../image-reference.ts';
import { faultOfForm } from './check-form.ts';
import { evaluateDockerfile, findStage, type EvaluatedDockerfile } from './evaluate/evaluate-dockerfile.ts';
import { classicFlags, findBuildKitUses, foreignFrontend } from './find-buildkit-uses.ts';
import type { Instruction } from './parse/instruction.ts';
import type { ParsedDockerfile } from './parse/parse-dockerfile.ts';
import { warnOfDifferences } from './warn-of-differences.ts';

/** Hint for a Dockerfile that the device's builder cannot build. */
export const buildHereHint = 'build on this machine what needs BuildKit: --build-on local';

const keywords =
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  );

const platformArgs = /^(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$/;

export const placesIn =
  ({ file, lineBefore }: Pick<Dockerfile, 'file' | 'lineBefore'>): PlaceAt =>
  (line, column) => ({ file, line: lineBefore + line, column });

interface CheckOptions {
  readonly placeAt: PlaceAt;
  readonly buildArgs: Readonly<Record<string, string | null>>;
  /** The place of the build. Default: the device, whose classic builder (engine API 1.41) is not BuildKit. */
  readonly place?: BuildPlace | undefined;
}

/**
 * Reports what the builder at the place of the build does not support, and what it makes other files of than the other place
 * does. Docker on this machine says itself what it can't read.
 */
export function checkClassicBuilder(
  parsed: ParsedDockerfile,
  { placeAt, buildArgs, place }: CheckOptions,
  problems: Problems,
): void {
  if (parsed.stages.length === 0) problems.add(placeAt(1, 1), '', 'the Dockerfile has no FROM');
  const evaluated = evaluateDockerfile(parsed, { buildArgs });
  warnOfDifferences(evaluated, { placeAt, buildArgs, place }, problems);
  if (place === 'local') return;
  for (const { line, column, subject, feature, isPlural, instead } of findBuildKitUses(parsed)) {
    const need = `${feature} ${isPlural ? 'need' : 'needs'} BuildKit, which the device's builder is not`;
    const message = instead === undefined ? need : `${need}: ${instead}`;
    problems.add(placeAt(line, column), subject, message, buildHereHint);
  }
  if (parsed.directives['syntax'] !== undefined && foreignFrontend(parsed) === undefined)
    problems.warn(
      placeAt(1, 1),
      '# syntax',
      'has no effect on the device, whose builder is not BuildKit; --build-on local follows it',
    );
  const first = parsed.instructions.findIndex(({ keyword }) => keyword === 'FROM');
  for (const [i, instruction] of parsed.instructions.entries()) {
    const place = placeAt(instruction.line, instruction.column);
    checkInstruction(instruction, place, problems);
    if (i < first && instruction.keyword !== 'ARG')
      problems.add(place, instruction.keyword, 'stands before the first FROM, where only ARG can stand');
  }
  checkImages(evaluated, placeAt, problems);
  checkPlatforms(evaluated, placeAt, problems);
  const inStages = evaluated.stages.flatMap(({ from, instructions }) => [from, ...instructions]);
  for (const { instruction, fault } of [...evaluated.globals, ...inStages])
    if (fault !== undefined && instruction.trigger === undefined)
      problems.add(placeAt(instruction.line, instruction.column), instruction.keyword, fault);
  checkPlatformArgs(parsed, { placeAt, buildArgs }, problems);
}

/** BuildKit gives values to some ARG; the classic builder gives none. */
function checkPlatformArgs(
  { instructions }: ParsedDockerfile,
  { placeAt, buildArgs }: CheckOptions,
  problems: Problems,
): void {
  const declared = instructions.flatMap(it =>
    it.keyword === 'ARG' ? it.words.map(word => ({ word, line: it.line, column: it.column })) : [],
  );
  const hasDefault = (name: string): boolean => declared.some(({ word }) => word.startsWith(`${name}=`));
  for (const { word: name, line, column } of declared)
    if (platformArgs.test(name) && !hasDefault(name) && (buildArgs[name] ?? null) === null)
      problems.warn(
        placeAt(line, column),
        `ARG ${name}`,
        "the device's builder does not set it: pass it as a build argument, or give it a default",
      );
}

/** FROM and `COPY --from` name a stage, or an image that the engine can pull. */
function checkImages({ stages }: EvaluatedDockerfile, placeAt: PlaceAt, problems: Problems): void {
  const check = (subject: string, image: string, place: Place, unset: readonly string[] = []): void => {
    const fault = faultOfReference(image);
    if (fault === undefined) return;
    const [variable] = unset;
    const [template] = /%%(?:BALENA|RESIN)_\w+%%/.exec(image) ?? [];
    if (variable !== undefined)
      problems.add(
        place,
        subject,
        `${JSON.stringify(image)} is no image name, as ${variable} has no value: give it a default before the first FROM, or a build argument`,
      );
    else if (template === undefined) problems.add(place, subject, `${JSON.stringify(image)} ${fault}`);
    // A template has told already what is wrong with the line.
    else if (!problems.errors.some(it => it.place.file === place.file && it.place.line === place.line))
      problems.add(
        place,
        subject,
        `${template} is replaced in a template alone: call this file ${path.basename(place.file)}.template`,
      );
  };
  for (const { image, parent, from, instructions } of stages) {
    const { line, column, words } = from.instruction;
    const [written = ''] = words;
    const place = placeAt(line, column);
    if (image === '')
      problems.add(
        place,
        'FROM',
        written === '' ? 'names no image' : `${written} is empty: give it a default, or a build argument`,
      );
    else if (parent === undefined && from.fault === undefined && !from.isUncertain)
      check('FROM', image, place, namesWithoutDefault(written, from.unset));
    for (const { instruction, flags, fault, isUncertain } of instructions) {
      const name = instruction.keyword === 'COPY' ? flags.get('from') : undefined;
      const isStage = name !== undefined && (/^\d+$/.test(name) || findStage(stages, name) !== undefined);
      if (name !== undefined && !isStage && fault === undefined && !isUncertain)
        check('COPY --from', name, placeAt(instruction.line, instruction.column));
    }
  }
}

/** Those of `names` that the word takes as they are: `$NAME` or `${NAME}`. */
const namesWithoutDefault = (word: string, names: ReadonlySet<string>): string[] =>
  [...names].filter(name => new RegExp(`\\$(?:${name}(?!\\w)|\\{${name}\\})`).test(word));

/** A platform that expands to nothing ends the classic builder's work; BuildKit alone sets BUILDPLATFORM and the like. */
function checkPlatforms({ stages }: EvaluatedDockerfile, placeAt: PlaceAt, problems: Problems): void {
  for (const { from } of stages) {
    const { line, column, flags } = from.instruction;
    const written = flags.find(({ name }) => name === 'platform')?.value ?? '';
    if (written === '' || from.flags.get('platform') !== '') continue;
    const name = /\w+/.exec(written)?.[0] ?? 'PLATFORM';
    problems.add(
      placeAt(line, column),
      'FROM --platform',
      `${written} is empty for the device's builder: leave --platform out, or give it a default before the first FROM, such as ARG ${name}=linux/arm64`,
      buildHereHint,
    );
  }
}

function checkInstruction(instruction: Instruction, place: Place, problems: Problems): void {
  const { keyword, flags, trigger } = instruction;
  if (!keywords.includes(keyword)) problems.add(place, '', `${keyword} is not a Dockerfile instruction`);
  for (const { name, value } of flags)
    if (value === undefined && classicFlags[keyword]?.includes(name) === true)
      problems.add(place, keyword, `--${name} has no value: write it with =, like --${name}=…`);
  const fault = faultOfForm(instruction);
  if (fault !== undefined) problems.add(place, keyword, fault);
  if (trigger !== undefined) checkInstruction(trigger, place, problems);
}
