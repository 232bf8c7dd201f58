import type { ParsedDockerfile } from './parse-dockerfile.ts';

/**
 * The images that a build has to pull: of every FROM up to `target` (the classic builder builds all stages before it),
 * and of `COPY --from`, without stages and scratch. Variables take their value from `buildArgs`, else from their default.
 */
export function findBaseImages(
  { stages, globalArgs, instructions }: ParsedDockerfile,
  {
    buildArgs = {},
    target,
  }: { buildArgs?: Readonly<Record<string, string | null>>; target?: string | undefined },
): string[] {
  const known = knownInFrom(globalArgs, buildArgs);
  const end =
    target === undefined
      ? -1
      : stages.findIndex((it, i) => it.name === target.toLowerCase() || String(i) === target);
  const used = end === -1 ? stages : stages.slice(0, end + 1);
  const afterUsed = end === -1 ? undefined : stages[end + 1]?.line;
  const copied = instructions
    .filter(({ keyword, line }) => keyword === 'COPY' && (afterUsed === undefined || line < afterUsed))
    .flatMap(({ flags }) => flags.filter(({ name }) => name === 'from').map(({ value }) => value ?? ''))
    .filter(from => !/^\d+$/.test(from));
  const stageNames = new Set(used.map(({ name }) => name));
  const images = [...used.map(({ image }) => substitute(image, known)), ...copied];
  return [...new Set(images)].filter(
    image => image !== '' && image !== 'scratch' && !stageNames.has(image.toLowerCase()),
  );
}

/** The variables that FROM can use: ARG before the first FROM, as `buildArgs` or its default says. */
export function knownInFrom(
  globalArgs: ParsedDockerfile['globalArgs'],
  buildArgs: Readonly<Record<string, string | null>>,
): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const [name, value] of Object.entries(globalArgs)) {
    const given = buildArgs[name] ?? value;
    if (given !== undefined) known.set(name, substitute(given, known));
  }
  return known;
}

/** `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+other}` as FROM takes them. */
export function substitute(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g,
    (
      _,
      plain: string | undefined,
      braced: string | undefined,
      operator: string | undefined,
      word: string | undefined,
    ): string => {
      const value = values.get(plain ?? braced ?? '') ?? '';
      if (operator === '-') return value === '' ? (word ?? '') : value;
      if (operator === '+') return value === '' ? '' : (word ?? '');
      return value;
    },
  );
}
