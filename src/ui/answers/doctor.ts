import { sanitizeLine } from '../../core/sanitize.ts';
import type { Room } from '../../doctor/check.ts';
import type { Diagnosis, Outcome } from '../../doctor/run-checks.ts';
import { displayWidth } from '../display-width.ts';
import type { Output } from '../output.ts';

type Style = Parameters<Output['styleAnswer']>[0];

const marks: Record<Outcome['result'], { readonly word: string; readonly style: Style }> = {
  ok: { word: 'ok', style: 'green' },
  warning: { word: 'warning', style: 'yellow' },
  blocks: { word: 'BLOCKS', style: 'red' },
  unknown: { word: '?', style: 'dim' },
};
const markWidth = 7;

const titles: Record<Room, (device: string) => string> = {
  machine: () => 'This machine',
  access: device => `The ports of ${device}`,
  host: device => `The host OS of ${device}`,
};

const count = (number: number, one: string, many: string): string =>
  `${number.toString()} ${number === 1 ? one : many}`;

const leastWrapped = 30;

/** `text` after `start`, which is `indent` cells wide, broken between words where a person's terminal ends. */
function wrap(start: string, indent: number, text: string, { mode, columns }: Output): string {
  const width = columns() - indent;
  if (mode !== 'tty' || width < leastWrapped) return `${start}${text}\n`;
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || displayWidth(`${last} ${word}`) > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return `${start}${lines.join(`\n${''.padEnd(indent)}`)}\n`;
}

function renderOutcome(outcome: Outcome, width: number, output: Output): string {
  const { word, style } = marks[outcome.result];
  const mark = output.styleAnswer(style, word.padEnd(markWidth));
  const start = `  ${mark}  ${outcome.title.padEnd(width)}  `;
  const line = wrap(start, markWidth + width + 6, sanitizeLine(outcome.evidence), output);
  const isAdvised = outcome.result === 'warning' || outcome.result === 'blocks';
  return isAdvised
    ? `${line}  ${''.padEnd(markWidth)}  ${''.padEnd(width)}  → ${sanitizeLine(outcome.advice)}\n`
    : line;
}

/** Checks that could not tell, together where the reason is the same. */
function renderUnknown(outcomes: readonly Outcome[], output: Output): string {
  const byReason = new Map<string, string[]>();
  for (const { evidence, title } of outcomes)
    byReason.set(evidence, [...(byReason.get(evidence) ?? []), title]);
  const mark = output.styleAnswer('dim', marks.unknown.word.padEnd(markWidth));
  return [...byReason]
    .map(([reason, names]) =>
      wrap(
        `  ${mark}  `,
        markWidth + 4,
        `cannot tell, because ${sanitizeLine(reason)}: ${names.join(', ')}`,
        output,
      ),
    )
    .join('');
}

function renderRoom(room: Room, diagnosis: Diagnosis, output: Output, isVerbose: boolean): string {
  // A device that was not found has no further rows: one line says so.
  const isTold = (it: Outcome): boolean => diagnosis.device !== null || it.result !== 'unknown';
  const outcomes = diagnosis.outcomes.filter(it => it.room === room && isTold(it));
  if (outcomes.length === 0) return '';
  const fine = outcomes.filter(it => it.result === 'ok');
  const shown = outcomes.filter(it => it.result !== 'unknown' && (isVerbose || it.result !== 'ok'));
  const width = Math.max(...outcomes.map(({ title }) => title.length));
  const summary =
    isVerbose || fine.length === 0
      ? ''
      : wrap(
          `  ${output.styleAnswer('green', 'ok'.padEnd(markWidth))}  `,
          markWidth + 4,
          `${count(fine.length, 'check', 'checks')}: ${fine.map(({ title }) => title).join(', ')}`,
          output,
        );
  const title = titles[room](sanitizeLine(diagnosis.device ?? 'the device'));
  return [
    `${output.styleAnswer('bold', title)}\n`,
    summary,
    ...shown.map(it => renderOutcome(it, width, output)),
    renderUnknown(
      outcomes.filter(it => it.result === 'unknown'),
      output,
    ),
    '\n',
  ].join('');
}

/** Renders the findings, group by group; the last line says if anything blocks. */
export function renderDiagnosis(
  diagnosis: Diagnosis,
  output: Output,
  { isVerbose }: { readonly isVerbose: boolean },
): string {
  const { outcomes } = diagnosis;
  const blocking = outcomes.filter(it => it.result === 'blocks').length;
  const warnings = outcomes.filter(it => it.result === 'warning').length;
  const verdict =
    blocking === 0
      ? 'nothing blocks local development'
      : `${count(blocking, 'thing blocks', 'things block')} local development`;
  const rest = warnings === 0 ? '' : `; ${count(warnings, 'warning', 'warnings')}`;
  const rooms = (['machine', 'access', 'host'] as const).map(room =>
    renderRoom(room, diagnosis, output, isVerbose),
  );
  return `${rooms.join('')}${verdict}${rest}\n`;
}
