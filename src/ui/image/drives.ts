import { sanitizeLine } from '../../core/sanitize.ts';
import { formatBytes } from '../../core/units.ts';
import type { DriveAssessment } from '../../image/drives/assess-drive.ts';
import type { Drive } from '../../image/drives/drive.ts';
import { wrapAnswer, type Output } from '../output.ts';
import { Table } from '../table.ts';
import { renderTable, type Rendered } from '../answers/rendered.ts';

export interface ListedDrive extends Drive, DriveAssessment {}

/** Returns what a drive needs before it is flashed, or why it never is. */
function verdictOf({ refusal, needsName, unmounts, name }: ListedDrive): string {
  if (refusal !== undefined) return `no: ${refusal}`;
  const mounted = unmounts.length === 0 ? [] : [`${unmounts.join(', ')} is unmounted first`];
  const typed = needsName === undefined ? [] : [`${name} has to be typed: ${needsName}`];
  return ['yes', ...typed, ...mounted].join('; ');
}

const header = ['DRIVE', 'SIZE', 'BUS', 'MODEL'];

/** The drives of this machine, those first that can be flashed. */
export function renderDrives(drives: readonly ListedDrive[], output: Output): Rendered {
  if (drives.length === 0) return { text: 'no drives\n', notes: [] };
  const rank = ({ refusal, needsName }: ListedDrive): number =>
    refusal !== undefined ? 2 : needsName !== undefined ? 1 : 0;
  const rows = [...drives]
    .sort((a, b) => rank(a) - rank(b))
    .map(drive => ({
      facts: [drive.path, formatBytes(drive.sizeBytes), drive.bus ?? '?', sanitizeLine(drive.model ?? '?')],
      verdict: sanitizeLine(verdictOf(drive)),
    }));
  const all = [...header, 'CAN BE FLASHED'];
  const cells = rows.map(({ facts, verdict }) => [...facts, verdict]);
  if (output.mode !== 'tty' || new Table(all).widthFor(cells) <= output.columns())
    return renderTable(all, cells, output);
  return renderBelow(rows, output);
}

/** A reason that is cut says nothing: on a narrow terminal it stands below its drive. */
function renderBelow(
  rows: readonly { readonly facts: readonly string[]; readonly verdict: string }[],
  output: Output,
): Rendered {
  const facts = rows.map(row => row.facts);
  const { text, notes } = renderTable(header, facts, output);
  const [titles = '', ...lines] = text.trimEnd().split('\n');
  const drives = rows.map(({ verdict }, i) => `${lines[i] ?? ''}\n${wrapAnswer(output, `  ${verdict}`)}\n`);
  return { text: `${titles}\n${drives.join('')}`, notes };
}
