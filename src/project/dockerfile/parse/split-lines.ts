/** A Dockerfile's text as the classic builder divides it: directives, then instructions of one or several lines. */

export interface InstructionLines {
  /** Continuations joined, comments and blank lines left out. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
}

export interface DividedText {
  readonly directives: Readonly<Record<string, string>>;
  /** The sign that continues a line and takes the meaning from the next one. */
  readonly escape: string;
  readonly instructions: readonly InstructionLines[];
}

/** `# escape=x`; directives end at the first line that is none. */
function readDirectives(lines: readonly string[]): Record<string, string> {
  const directives: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) break;
    directives[name.toLowerCase()] ??= value;
  }
  return directives;
}

const isComment = (line: string): boolean => line.trimStart().startsWith('#');

export function divideText(text: string): DividedText {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const directives = readDirectives(lines);
  const escape = directives['escape'] === '`' ? '`' : '\\';
  const instructions: InstructionLines[] = [];
  for (let i = 0; i < lines.length; i++) {
    const first = lines[i] ?? '';
    if (first.trim() === '' || isComment(first)) continue;
    const start = i;
    let { text: whole, isContinued } = readContinuation(first.trimStart(), escape);
    while (isContinued && i + 1 < lines.length) {
      i += 1;
      const next = lines[i] ?? '';
      if (next.trim() === '' || isComment(next)) continue;
      const read = readContinuation(next, escape);
      whole += read.text;
      ({ isContinued } = read);
    }
    const column = first.length - first.trimStart().length + 1;
    if (whole.trim() !== '')
      instructions.push({ text: whole.trim(), line: start + 1, column, endLine: endOf(lines, start, i) + 1 });
  }
  return { directives, escape, instructions };
}

/** Two escape signs at the end of a line continue nothing. */
function readContinuation(
  line: string,
  escape: string,
): { readonly text: string; readonly isContinued: boolean } {
  const trimmed = line.replace(/[ \t]+$/, '');
  const isContinued = trimmed.endsWith(escape) && !trimmed.endsWith(escape + escape);
  return isContinued ? { text: trimmed.slice(0, -1), isContinued } : { text: line, isContinued };
}

/** The last line of an instruction that is more than a comment or blank. */
function endOf(lines: readonly string[], start: number, end: number): number {
  let last = end;
  while (last > start && ((lines[last] ?? '').trim() === '' || isComment(lines[last] ?? ''))) last -= 1;
  return last;
}
