import type { Dockerfile } from '../build.ts';
import type { Place, Problems } from '../problem.ts';
import { faultOfReference } from '../image-reference.ts';
import { knownInFrom, substitute } from './base-images.ts';
import type { Instruction, ParsedDockerfile } from './parse-dockerfile.ts';

/** Flags of instructions that the classic builder of a device's engine knows. */
const classicFlags: Record<string, readonly string[]> = {
  FROM: ['platform'],
  ADD: ['chown'],
  COPY: ['chown', 'from'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'retries'],
};

const keywords = [
  ...[
    'ADD',
    'ARG',
    'CMD',
    'COPY',
    'ENTRYPOINT',
    'ENV',
    'EXPOSE',
    'FROM',
    'HEALTHCHECK',
    'LABEL',
    'MAINTAINER',
  ],
  ...['ONBUILD', 'RUN', 'SHELL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'],
];

const platformArgs = /^(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)$/;

/** From a place in the Dockerfile's text to one that a person can open. */
export type PlaceAt = (line: number, column: number) => Place;

export const placesIn =
  ({ file, lineBefore }: Pick<Dockerfile, 'file' | 'lineBefore'>): PlaceAt =>
  (line, column) => ({ file, line: lineBefore + line, column });

/** Reports what BuildKit would build and the classic builder (engine API 1.41) would not. */
export function checkClassicBuilder(
  { instructions, stages, args, globalArgs }: ParsedDockerfile,
  { placeAt, buildArgs }: { placeAt: PlaceAt; buildArgs: Readonly<Record<string, string | null>> },
  problems: Problems,
): void {
  if (stages.length === 0) problems.add(placeAt(1, 1), '', 'the Dockerfile has no FROM');
  for (const instruction of instructions)
    checkInstruction(instruction, placeAt(instruction.line, instruction.column), problems);
  checkImages({ instructions, stages, globalArgs }, { placeAt, buildArgs }, problems);
  for (const { keyword, arguments: words, line, column } of instructions) {
    const name = keyword === 'ARG' ? words[0]?.split('=')[0] : undefined;
    if (
      name !== undefined &&
      platformArgs.test(name) &&
      args[name] === undefined &&
      (buildArgs[name] ?? null) === null
    )
      problems.warn(
        placeAt(line, column),
        `ARG ${name}`,
        "the device's builder does not set it: pass it as a build argument, or give it a default",
      );
  }
}

/** What FROM and COPY --from name is a stage, or an image that the engine can be asked for. */
function checkImages(
  { instructions, stages, globalArgs }: Pick<ParsedDockerfile, 'instructions' | 'stages' | 'globalArgs'>,
  { placeAt, buildArgs }: { placeAt: PlaceAt; buildArgs: Readonly<Record<string, string | null>> },
  problems: Problems,
): void {
  const known = knownInFrom(globalArgs, buildArgs);
  const stageNames = new Set(stages.map(({ name }) => name));
  const check = (subject: string, image: string, place: Place): void => {
    const isStage = stageNames.has(image.toLowerCase()) || /^\d+$/.test(image);
    // What is left of a variable in a form that only newer builders know.
    if (isStage || image.includes('$')) return;
    const fault = faultOfReference(image);
    if (fault !== undefined) problems.add(place, subject, `${JSON.stringify(image)} ${fault}`);
  };
  for (const { image: written, line, column } of stages) {
    const image = substitute(written, known);
    const place = placeAt(line, column);
    if (image === '')
      problems.add(
        place,
        'FROM',
        written === '' ? 'names no image' : `${written} is empty: give it a default, or a build argument`,
      );
    else check('FROM', image, place);
  }
  for (const { keyword, flags, line, column } of instructions)
    for (const { name, value = '' } of keyword === 'COPY' ? flags : [])
      if (name === 'from') check('COPY --from', value, placeAt(line, column));
}

function checkInstruction(instruction: Instruction, place: Place, problems: Problems): void {
  const { keyword, flags, hasHeredoc } = instruction;
  if (!keywords.includes(keyword)) problems.add(place, '', `${keyword} is not a Dockerfile instruction`);
  if (hasHeredoc)
    problems.add(
      place,
      keyword,
      "here-documents (<<) need BuildKit, which the device's builder is not: use && and \\",
    );
  for (const { name } of flags)
    if (!(classicFlags[keyword] ?? []).includes(name))
      problems.add(place, keyword, `--${name} needs BuildKit, which the device's builder is not`);
}
