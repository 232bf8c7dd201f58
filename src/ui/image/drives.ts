import { sanitizeLine } from '../../core/sanitize.ts';
import { formatBytes } from '../../core/units.ts';
import type { DriveAssessment } from '../../image/drives/assess-drive.ts';
import type { Drive } from '../../image/drives/drive.ts';
import type { Output } from '../output.ts';
import { renderTable, type Rendered } from '../answers/rendered.ts';

export interface ListedDrive extends Drive, DriveAssessment {}

/** Returns what a drive needs before it is flashed, or why it never is. */
function verdictOf({ refusal, needsName, unmounts, name }: ListedDrive): string {
  if (refusal !== undefined) return `no: ${refusal}`;
  const mounted = unmounts.length === 0 ? [] : [`${unmounts.join(', ')} is unmounted first`];
  const typed = needsName === undefined ? [] : [`${name} has to be typed: ${needsName}`];
  return ['yes', ...typed, ...mounted].join('; ');
}

/** The drives of this machine, those first that can be flashed. */
export function renderDrives(drives: readonly ListedDrive[], output: Output): Rendered {
  if (drives.length === 0) return { text: 'no drives\n', notes: [] };
  const rank = ({ refusal, needsName }: ListedDrive): number =>
    refusal !== undefined ? 2 : needsName !== undefined ? 1 : 0;
  const rows = [...drives]
    .sort((a, b) => rank(a) - rank(b))
    .map(drive => [
      drive.path,
      formatBytes(drive.sizeBytes),
      drive.bus ?? '?',
      sanitizeLine(drive.model ?? '?'),
      sanitizeLine(verdictOf(drive)),
    ]);
  return renderTable(['DRIVE', 'SIZE', 'BUS', 'MODEL', 'CAN BE FLASHED'], rows, output);
}
