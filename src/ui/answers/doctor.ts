import { sanitizeLine } from '../../core/sanitize.ts';
import type { Room } from '../../doctor/check.ts';
import type { Diagnosis, Outcome } from '../../doctor/run-checks.ts';
import { wrapAnswer, type Output } from '../output.ts';
import { breakWords } from '../wrap.ts';

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

/** Room for a finding beside its title; with less it stands below. */
const leastBeside = 30;
/** Indent of a finding below its title. */
const belowIndent = 4;

/** `text` after `start`, which is `indent` cells wide, broken between words where a person's terminal ends. */
function wrapAfter(start: string, indent: number, text: string, { mode, columns }: Output): string {
  const lines = mode === 'tty' ? breakWords(text, columns() - indent) : [text];
  return `${start}${lines.join(`\n${''.padEnd(indent)}`)}\n`;
}

/** A command after a colon stays in one line, so that it can be copied. */
function renderAdvice(advice: string, indent: number, output: Output): string {
  const start = `${''.padEnd(indent)}→ `;
  return advice.includes(': ') ? `${start}${advice}\n` : wrapAfter(start, indent + 2, advice, output);
}

function renderOutcome(outcome: Outcome, width: number, output: Output): string {
  const { word, style } = marks[outcome.result];
  const mark = output.styleAnswer(style, word.padEnd(markWidth));
  const beside = markWidth + width + 6;
  const isBeside = output.mode !== 'tty' || output.columns() - beside >= leastBeside;
  const indent = isBeside ? beside : belowIndent;
  const title = isBeside ? `${outcome.title.padEnd(width)}  ` : `${outcome.title}\n${''.padEnd(indent)}`;
  const line = wrapAfter(`  ${mark}  ${title}`, indent, sanitizeLine(outcome.evidence), output);
  const isAdvised = outcome.result === 'warning' || outcome.result === 'blocks';
  return isAdvised ? line + renderAdvice(sanitizeLine(outcome.advice), indent, output) : line;
}

/** Checks that could not tell, together where the reason is the same. */
function renderUnknown(outcomes: readonly Outcome[], output: Output): string {
  const byReason = new Map<string, string[]>();
  for (const { evidence, title } of outcomes)
    byReason.set(evidence, [...(byReason.get(evidence) ?? []), title]);
  const mark = output.styleAnswer('dim', marks.unknown.word.padEnd(markWidth));
  return [...byReason]
    .map(([reason, names]) =>
      wrapAfter(
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
      : wrapAfter(
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
  return `${rooms.join('')}${wrapAnswer(output, verdict + rest)}\n`;
}
