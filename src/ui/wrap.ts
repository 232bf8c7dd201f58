import { displayWidth } from './display-width.ts';

/** Width below which words would stand one below the other. */
const leastWrapped = 20;

// eslint-disable-next-line no-control-regex -- colours take no cells
const colours = /\x1b\[[0-9;]*m/gu;

const widthOf = (text: string): number => displayWidth(text.replaceAll(colours, ''));

/** Words. A command in backticks or after a colon is one word, so that it can be copied. */
const words = /(?<=: )os .*|[^\s`]*`[^`]*`[^\s`]*|\S+/gu;

/** What further lines are indented by: blanks, the name of a service, an arrow. */
const start = /^\s*(?:\S+ +\|\S* |→ )?/u;

/** Returns `text` in lines of at most `width` cells, the first of `firstWidth`. A longer word has a line of its own. */
export function breakWords(text: string, width: number, firstWidth = width): string[] {
  const lines: string[] = [];
  let end = 0;
  for (const { 0: word, index } of text.matchAll(words)) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : last + text.slice(end, index) + word;
    const room = lines.length <= 1 ? firstWidth : width;
    if (last === undefined || widthOf(longer) > room) lines.push(word);
    else lines[lines.length - 1] = longer;
    end = index + word.length;
  }
  return lines;
}

function wrapLine(line: string, columns: number, indent: number): string {
  if (widthOf(line) <= columns) return line;
  const head = start.exec(line)?.[0] ?? '';
  const hanging = Math.max(widthOf(head), indent);
  if (columns - hanging < leastWrapped) return line;
  const broken = breakWords(line.slice(head.length), columns - hanging, columns - widthOf(head));
  return head + broken.join(`\n${' '.repeat(hanging)}`);
}

/** Breaks the lines of `text` that are wider than `columns` between words; `indent` is the least indent of further lines. */
export const wrap = (text: string, columns: number, indent = 0): string =>
  text
    .split('\n')
    .map(line => wrapLine(line, columns, indent))
    .join('\n');
