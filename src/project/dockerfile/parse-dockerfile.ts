/** A Dockerfile as far as a push needs it: what to pull, what can be passed in, and each instruction with its place. */
import type { Flag, Instruction as LibraryInstruction } from 'dockerfile-ast';
import type * as library from './dockerfile-library.ts';

export interface ParsedDockerfile {
  readonly stages: readonly Stage[];
  /** ARG before the first FROM: usable in FROM. */
  readonly globalArgs: Readonly<Record<string, string | undefined>>;
  /** Every ARG of every stage, by name, with its first default. */
  readonly args: Readonly<Record<string, string | undefined>>;
  readonly instructions: readonly Instruction[];
  readonly directives: Readonly<Record<string, string>>;
}

export interface Stage {
  readonly name: string | undefined;
  /** As written, variables included. */
  readonly image: string;
  readonly line: number;
  readonly column: number;
}

export interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  /** As written, on one line: continuations joined, comments within left out. */
  readonly text: string;
  readonly arguments: readonly string[];
  /** `["a", "b c"]`, where the instruction is in JSON form. */
  readonly json: readonly string[] | undefined;
  /** `--from=build` → `{name: 'from', value: 'build'}` */
  readonly flags: readonly { readonly name: string; readonly value: string | undefined }[];
  readonly line: number;
  readonly column: number;
  /** The last line that it takes. */
  readonly endLine: number;
  readonly hasHeredoc: boolean;
  /** Of ONBUILD: what is done where another image starts from this one. */
  readonly trigger: Instruction | undefined;
}

export async function parseDockerfile(text: string): Promise<ParsedDockerfile> {
  const parser = await import('./dockerfile-library.ts');
  const document = parser.DockerfileParser.parse(text);
  const globalArgs: Record<string, string | undefined> = {};
  const args: Record<string, string | undefined> = {};
  const stages: Stage[] = [];
  const source = { lines: text.split(/\r?\n/), escape: document.getEscapeCharacter(), library: parser };
  const instructions = document.getInstructions().map(it => readInstruction(it, source));
  for (const { keyword, arguments: words, line, column } of instructions) {
    if (keyword === 'FROM') stages.push(readStage(words, line, column));
    if (keyword === 'ARG')
      for (const [name, value] of words.map(readArg)) {
        if (stages.length === 0) globalArgs[name] ??= value;
        args[name] ??= value;
      }
  }
  const directives = Object.fromEntries(
    document.getDirectives().map(it => [it.getName().toLowerCase(), it.getValue()]),
  );
  return { stages, globalArgs, args, instructions, directives };
}

interface Source {
  readonly lines: readonly string[];
  readonly escape: string;
  readonly library: typeof library;
}

function readInstruction(instruction: LibraryInstruction, source: Source): Instruction {
  const { JSONInstruction, ModifiableInstruction, Onbuild } = source.library;
  const keyword = instruction.getKeyword().toUpperCase();
  const { start, end } = instruction.getRange();
  const words = instruction.getArguments().map(word => word.getValue());
  const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
  const isJson = instruction instanceof JSONInstruction && instruction.getOpeningBracket() !== null;
  const trigger = instruction instanceof Onbuild ? instruction.getTriggerInstruction() : null;
  const [first = '', ...rest] = source.lines.slice(start.line, end.line + 1);
  return {
    json: isJson ? readJson(instruction.getArgumentsContent() ?? '') : undefined,
    text: joinLines([first.slice(start.character), ...rest], source.escape),
    ...{ keyword, arguments: words, flags: flags.map(readFlag) },
    ...{ line: start.line + 1, column: start.character + 1, endLine: end.line + 1 },
    hasHeredoc: ['RUN', 'COPY', 'ADD'].includes(keyword) && words.some(word => /^<<-?["']?\w/.test(word)),
    trigger: trigger === null ? undefined : readInstruction(trigger, source),
  };
}

/** The library's own strings lose their blanks. */
function readJson(content: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(content.slice(content.indexOf('[')));
    return Array.isArray(value) && value.every(it => typeof it === 'string') ? value : undefined;
  } catch {
    // Then the engine takes it for the shell form.
    return undefined;
  }
}

/** The lines of one instruction as the engine joins them. */
function joinLines(lines: readonly string[], escape: string): string {
  return lines
    .filter(line => line.trim() !== '' && !line.trimStart().startsWith('#'))
    .map(line => (line.trimEnd().endsWith(escape) ? line.trimEnd().slice(0, -1) : line))
    .join('')
    .trim();
}

function readStage([image = '', as, name]: readonly string[], line: number, column: number): Stage {
  return { name: as?.toUpperCase() === 'AS' ? name?.toLowerCase() : undefined, image, line, column };
}

function readArg(word: string): [string, string | undefined] {
  const equals = word.indexOf('=');
  if (equals === -1) return [word, undefined];
  return [word.slice(0, equals), word.slice(equals + 1).replace(/^(["'])(.*)\1$/s, '$2')];
}

const readFlag = (flag: Flag): { name: string; value: string | undefined } => ({
  name: flag.getName(),
  value: flag.getValue() ?? undefined,
});
