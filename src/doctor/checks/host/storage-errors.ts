import { hostCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';
import { kernelLogQuestion, linesOf } from './kernel-log.ts';

/** Messages of the kernel about a failing card or disk. */
const failing =
  /mmc\d+: .*(?:error|timeout|timed out|CRC)|mmcblk\d.*error|I\/O error|EXT4-fs error|FAT-fs.*error|remounting filesystem read-only/i;

export const storageErrors = hostCheck({
  id: 'storage-errors',
  title: 'errors of the card or disk',
  question: kernelLogQuestion,
  isSlow: true,
  judge: answer => {
    const lines = linesOf(answer, failing);
    if (lines.length === 0) return ok('none in the kernel log since it booted');
    return warning(
      `${lines.length.toString()} in the kernel log, the last: ${lines.at(-1)?.trim() ?? ''}`,
      'save what matters and replace the card; a weak power supply causes them too',
    );
  },
});
