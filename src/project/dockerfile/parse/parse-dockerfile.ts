/** Parses a Dockerfile into its instructions, each with its place. Does not evaluate them. */
import { findHeredocEnd } from './find-heredoc.ts';
import type { Instruction } from './instruction.ts';
import { divideText, type InstructionLines } from './split-lines.ts';
import { parseStrings, splitAtBlanks, splitFlags, splitQuoted } from './split-words.ts';

export interface ParsedDockerfile {
  readonly stages: readonly Stage[];
  readonly instructions: readonly Instruction[];
  readonly directives: Readonly<Record<string, string>>;
  /** The sign that continues a line and takes the meaning from the next one. */
  readonly escape: string;
}

export interface Stage {
  /** In lowercase. */
  readonly name: string | undefined;
  /** Original text, with variables not replaced. */
  readonly image: string;
  readonly line: number;
  readonly column: number;
}

const jsonForms = ['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME'];
const quotedWords = ['ARG', 'ENV', 'LABEL'];

export function parseDockerfile(text: string): ParsedDockerfile {
  const { directives, escape, instructions: divided } = divideText(text);
  const lines = text.split(/\r?\n/);
  const instructions: Instruction[] = [];
  let heredocEnd = 0;
  for (const written of divided) {
    if (written.line <= heredocEnd) continue;
    const instruction = readInstruction(written, escape);
    const end = findHeredocEnd(instruction, lines);
    heredocEnd = end ?? 0;
    instructions.push(end === undefined ? instruction : { ...instruction, hasHeredoc: true, endLine: end });
  }
  const stages = instructions.flatMap(it => (it.keyword === 'FROM' ? [readStage(it)] : []));
  return { stages, instructions, directives, escape };
}

function readInstruction({ text, line, column, endLine }: InstructionLines, escape: string): Instruction {
  const [, keyword = '', after = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  const name = keyword.toUpperCase();
  const isTriggering = name === 'ONBUILD';
  const { flags, rest } = isTriggering ? { flags: [], rest: after } : splitFlags(after);
  const strings = jsonForms.includes(name) ? parseStrings(rest.trim()) : undefined;
  const isQuoted = quotedWords.includes(name);
  return {
    keyword: name,
    text,
    rest,
    words: strings ?? (isQuoted ? splitQuoted(rest, escape) : splitAtBlanks(rest)),
    isJson: strings !== undefined,
    flags,
    line,
    column,
    endLine,
    hasHeredoc: false,
    trigger: isTriggering ? readInstruction({ text: rest, line, column, endLine }, escape) : undefined,
  };
}

function readStage({ words, line, column }: Instruction): Stage {
  const [image = '', as, name] = words;
  return { name: as?.toUpperCase() === 'AS' ? name?.toLowerCase() : undefined, image, line, column };
}
