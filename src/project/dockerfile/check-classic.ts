import type { Place, Problems } from '../problem.ts';
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

/** Reports what BuildKit would build and the classic builder (engine API 1.41) would not. */
export function checkClassicBuilder(
  { instructions, stages, args }: ParsedDockerfile,
  { placeAt, buildArgs }: { placeAt: PlaceAt; buildArgs: Readonly<Record<string, string | null>> },
  problems: Problems,
): void {
  if (stages.length === 0) problems.add(placeAt(1, 1), '', 'the Dockerfile has no FROM');
  for (const instruction of instructions)
    checkInstruction(instruction, placeAt(instruction.line, instruction.column), problems);
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
  if (keyword === 'FROM' && instruction.arguments.length === 0)
    problems.add(place, keyword, 'names no image');
}
