import { findStage, type EvaluatedDockerfile } from './evaluate-dockerfile.ts';

/**
 * The images that a build has to pull: of every FROM up to the stage `last` (the classic builder builds all stages
 * before its target), and of `COPY --from`, without stages and scratch.
 */
export function findBaseImages({ stages }: EvaluatedDockerfile, last = stages.length - 1): string[] {
  const used = stages.slice(0, last + 1);
  const started = used.flatMap(({ image, parent }) => (parent === undefined ? [image] : []));
  const copied = used.flatMap(({ instructions }, i) =>
    instructions.flatMap(({ instruction, flags }) => {
      const from = instruction.keyword === 'COPY' ? flags.get('from') : undefined;
      return from === undefined || findStage(stages.slice(0, i + 1), from) !== undefined ? [] : [from];
    }),
  );
  const isImage = (name: string): boolean => name !== '' && name !== 'scratch' && !/^\d+$/.test(name);
  return [...new Set([...started, ...copied])].filter(isImage);
}
