/** A Dockerfile as far as a push needs it: what to pull, what can be passed in, and each instruction with its place. */
import type { Flag } from 'dockerfile-ast';

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
  readonly hasHeredoc: boolean;
}

export async function parseDockerfile(text: string): Promise<ParsedDockerfile> {
  const { DockerfileParser, JSONInstruction, ModifiableInstruction } =
    await import('./dockerfile-library.ts');
  const document = DockerfileParser.parse(text);
  const globalArgs: Record<string, string | undefined> = {};
  const args: Record<string, string | undefined> = {};
  const stages: Stage[] = [];
  const lines = text.split(/\r?\n/);
  const instructions = document.getInstructions().map(instruction => {
    const keyword = instruction.getKeyword().toUpperCase();
    const { start, end } = instruction.getRange();
    const { line, character } = start;
    const rest = instruction.getArguments().map(word => word.getValue());
    const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
    const isJson = instruction instanceof JSONInstruction && instruction.getOpeningBracket() !== null;
    if (keyword === 'FROM') stages.push(readStage(rest, line, character));
    if (keyword === 'ARG')
      for (const [name, value] of rest.map(readArg)) {
        if (stages.length === 0) globalArgs[name] ??= value;
        args[name] ??= value;
      }
    return {
      json: isJson ? readJson(instruction.getArgumentsContent() ?? '') : undefined,
      text: joinLines(lines.slice(start.line, end.line + 1), document.getEscapeCharacter()),
      ...{ keyword, arguments: rest, flags: flags.map(readFlag), line: line + 1, column: character + 1 },
      hasHeredoc: ['RUN', 'COPY', 'ADD'].includes(keyword) && rest.some(word => /^<<-?["']?\w/.test(word)),
    };
  });
  const directives = Object.fromEntries(
    document.getDirectives().map(it => [it.getName().toLowerCase(), it.getValue()]),
  );
  return { stages, globalArgs, args, instructions, directives };
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

function readStage(words: readonly string[], line: number, character: number): Stage {
  const name = words[1]?.toUpperCase() === 'AS' ? words[2] : undefined;
  return { name: name?.toLowerCase(), image: words[0] ?? '', line: line + 1, column: character + 1 };
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
