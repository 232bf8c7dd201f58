/** The steps of a build as the classic builder counts them, each with what decides whether it can come from the cache. */
import { substitute } from './base-images.ts';
import type { Instruction, ParsedDockerfile } from './parse-dockerfile.ts';

export interface BuildStep {
  /** From 1, as the engine prints it. */
  readonly number: number;
  /** On one line. */
  readonly text: string;
  readonly keyword: string;
  /** -1 before the first FROM. */
  readonly stage: number;
  /** Build arguments that the engine looks at, with their values. */
  readonly args: Readonly<Record<string, string>>;
  /** Where FROM starts, or what `COPY --from` takes files of. */
  readonly from: { readonly stage: number } | { readonly image: string } | undefined;
  /** What COPY and ADD take of the context; undefined when that cannot be told before the build. */
  readonly sources: readonly string[] | undefined;
}

interface Scope {
  readonly name: string | undefined;
  readonly args: Map<string, string>;
  readonly environment: Map<string, string>;
}

const isUrl = (source: string): boolean => /^(?:https?|git|ssh):\/\/|^git@/.test(source);

/** `a b /there` or `["a", "b", "/there"]` → `a`, `b` */
function readSources({ text, arguments: words, keyword }: Instruction): string[] {
  const list = text.slice(keyword.length).replace(/^(?:\s+--\S+)*\s+/, '');
  if (list.startsWith('['))
    try {
      return (JSON.parse(list) as string[]).slice(0, -1);
    } catch {
      // Not the JSON form then.
    }
  return words.filter(word => !word.startsWith('--')).slice(0, -1);
}

const variablesIn = (text: string): string[] =>
  [...text.matchAll(/\$(?:(\w+)|\{(\w+))/g)].map(([, plain, braced]) => plain ?? braced ?? '');

/** `ENV A=1 B="2"` and `ENV A 1`. */
function readEnvironment(words: readonly string[]): [string, string][] {
  const [first = '', ...rest] = words;
  if (!first.includes('=')) return [[first, rest.join(' ')]];
  return words.map(word => {
    const equals = word.indexOf('=');
    return [word.slice(0, equals), word.slice(equals + 1).replace(/^(["'])(.*)\1$/s, '$2')];
  });
}

class StepReader {
  readonly #buildArgs: Readonly<Record<string, string | null>>;
  readonly #globals = new Map<string, string>();
  readonly #stages: Scope[] = [];

  constructor(buildArgs: Readonly<Record<string, string | null>>) {
    this.#buildArgs = buildArgs;
  }

  read(instruction: Instruction, number: number): BuildStep {
    const { keyword, text, arguments: words } = instruction;
    if (keyword === 'FROM') return this.#readFrom(instruction, number);
    const scope = this.#stages.at(-1);
    const stage = this.#stages.length - 1;
    const known = new Map([...(scope?.args ?? []), ...(scope?.environment ?? [])]);
    if (keyword === 'ARG') this.#declare(words, scope, known);
    if (keyword === 'ENV')
      for (const [name, value] of readEnvironment(words))
        scope?.environment.set(name, substitute(value, known));
    const takesFiles = keyword === 'COPY' || keyword === 'ADD';
    const from = instruction.flags.find(({ name }) => name === 'from')?.value;
    return {
      ...{ number, text, keyword, stage, args: argsOf(keyword, text, scope) },
      from: from === undefined ? undefined : this.#find(from),
      sources: takesFiles && from === undefined ? sourcesOf(instruction, known) : [],
    };
  }

  #readFrom({ keyword, text, arguments: words }: Instruction, number: number): BuildStep {
    const from = this.#find(substitute(words[0] ?? '', this.#globals));
    const parent = 'stage' in from ? this.#stages[from.stage] : undefined;
    const name = words[1]?.toUpperCase() === 'AS' ? words[2]?.toLowerCase() : undefined;
    this.#stages.push({ name, args: new Map(), environment: new Map(parent?.environment) });
    return { number, text, keyword, stage: this.#stages.length - 1, args: {}, from, sources: [] };
  }

  #find(name: string): { stage: number } | { image: string } {
    const named = this.#stages.findIndex(stage => stage.name === name.toLowerCase());
    if (named !== -1) return { stage: named };
    return /^\d+$/.test(name) ? { stage: Number(name) } : { image: name };
  }

  #declare(words: readonly string[], scope: Scope | undefined, known: ReadonlyMap<string, string>): void {
    for (const word of words) {
      const [name = '', ...rest] = word.split('=');
      const written = rest.length === 0 ? undefined : rest.join('=').replace(/^(["'])(.*)\1$/s, '$2');
      const inherited = scope === undefined ? undefined : this.#globals.get(name);
      const fallback =
        written === undefined ? inherited : substitute(written, scope === undefined ? this.#globals : known);
      const value = this.#buildArgs[name] ?? fallback;
      if (value !== undefined) (scope?.args ?? this.#globals).set(name, value);
    }
  }
}

/** RUN sees every argument that ENV does not hide; other instructions those that they name. */
function argsOf(keyword: string, text: string, scope: Scope | undefined): Record<string, string> {
  if (scope === undefined || keyword === 'ARG') return {};
  const named = new Set(variablesIn(text));
  return Object.fromEntries(
    [...scope.args].filter(
      ([name]) => !scope.environment.has(name) && (keyword === 'RUN' || named.has(name)),
    ),
  );
}

function sourcesOf(
  instruction: Instruction,
  known: ReadonlyMap<string, string>,
): readonly string[] | undefined {
  const written = readSources(instruction);
  if (written.flatMap(variablesIn).some(name => !known.has(name))) return undefined;
  return written.map(source => substitute(source, known)).filter(source => !isUrl(source));
}

/** Every step up to the end of `target`. */
export function listBuildSteps(
  { instructions, stages }: ParsedDockerfile,
  { buildArgs, target }: { buildArgs: Readonly<Record<string, string | null>>; target: string | undefined },
): BuildStep[] {
  const reader = new StepReader(buildArgs);
  const steps = instructions.map((instruction, i) => reader.read(instruction, i + 1));
  const last = stages.findIndex(({ name }, i) => name === target?.toLowerCase() || i.toString() === target);
  return target === undefined || last === -1 ? steps : steps.filter(({ stage }) => stage <= last);
}
