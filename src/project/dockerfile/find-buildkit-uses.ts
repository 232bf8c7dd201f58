/** Finds what only BuildKit can build in a Dockerfile. Sources: moby 20.10 builder/dockerfile, BuildKit's Dockerfile reference. */
import type { Instruction } from './parse/instruction.ts';
import type { ParsedDockerfile } from './parse/parse-dockerfile.ts';

export interface BuildKitUse {
  readonly line: number;
  readonly column: number;
  /** The instruction, or `# syntax`. */
  readonly subject: string;
  /** What it has, in the plural if `isPlural`: `--mount`. */
  readonly feature: string;
  readonly isPlural: boolean;
  /** How the classic builder gets the same, if that is simple. */
  readonly instead?: string;
}

/** Flags of instructions that the classic builder of a device's engine knows. Each takes a value. */
export const classicFlags: Record<string, readonly string[]> = {
  FROM: ['platform'],
  ADD: ['chown'],
  COPY: ['chown', 'from'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'retries'],
};

/** Docker's own frontends: they read what the classic builder reads, and more, which is found where it is used. */
const ownFrontend = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@]|$)/;

/** The image that `# syntax=` names as the reader of the Dockerfile; undefined for Docker's own and without one. */
export const foreignFrontend = ({ directives }: Pick<ParsedDockerfile, 'directives'>): string | undefined => {
  const { syntax } = directives;
  return syntax === undefined || ownFrontend.test(syntax) ? undefined : syntax;
};

/**
 * A repository that BuildKit clones (util/gitutil, ParseURL). The classic builder downloads the page at such an address
 * as a file.
 */
const gitSource = /^(?:https?:\/\/[^?#]+\.git(?:[?#].*)?|(?:git|ssh):\/\/.+|git@[^:/]+:.+)$/;

function usesOf({ keyword, words, flags, hasHeredoc, line, column, trigger }: Instruction): BuildKitUse[] {
  const at = { line, column, subject: keyword };
  return [
    ...(hasHeredoc
      ? [{ ...at, feature: 'here-documents (<<)', isPlural: true, instead: 'use && and \\' }]
      : []),
    ...flags
      .filter(({ name }) => !(classicFlags[keyword] ?? []).includes(name))
      .map(({ name }) => ({ ...at, feature: `--${name}`, isPlural: false })),
    ...(keyword === 'ADD' && words.slice(0, -1).some(it => gitSource.test(it))
      ? [{ ...at, feature: 'a git repository', isPlural: false, instead: 'use RUN git clone' }]
      : []),
    ...(trigger === undefined ? [] : usesOf(trigger)),
  ];
}

/** Returns the uses in the order of the text. */
export function findBuildKitUses(parsed: ParsedDockerfile): BuildKitUse[] {
  const frontend = foreignFrontend(parsed);
  const head = { line: 1, column: 1, subject: '# syntax', isPlural: false };
  return [
    ...(frontend === undefined ? [] : [{ ...head, feature: frontend }]),
    ...parsed.instructions.flatMap(usesOf),
  ];
}
