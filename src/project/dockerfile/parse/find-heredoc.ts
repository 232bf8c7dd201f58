import type { Instruction } from './instruction.ts';

/**
 * Returns the last line of the here-document that BuildKit would read after an instruction. The classic builder
 * supports none, so `<<` alone proves nothing: the word has to be outside of quotes and arithmetic, and a line below
 * has to end it.
 */
export function findHeredocEnd(
  { keyword, rest, isJson, endLine }: Instruction,
  lines: readonly string[],
): number | undefined {
  if (!['RUN', 'COPY', 'ADD'].includes(keyword) || isJson) return undefined;
  const unquoted = rest.replace(/\\.|'[^']*'(?<!<<-?'[^']*')|"(?:\\.|[^"\\])*"(?<!<<-?"[^"]*")/gs, '');
  let end: number | undefined;
  for (const [, dash, name] of unquoted.matchAll(/(?<=^|[\s;&|()])\d*<<(-?)["']?([A-Za-z_][\w.-]*)["']?/g)) {
    const found = lines.findIndex(
      (line, i) => i >= (end ?? endLine) && (dash === '' ? line : line.replace(/^\t+/, '')) === name,
    );
    if (found === -1) return end;
    end = found + 1;
  }
  return end;
}
