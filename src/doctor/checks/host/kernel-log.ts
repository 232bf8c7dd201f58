/** The one question about the kernel's log; several checks read its answer. */

/** Lines of this boot that one of the checks looks for; the last ones where there are many. */
export const kernelLogQuestion = `(journalctl -k -b -q -o cat --no-pager || dmesg) | grep -iE 'out of memory|oom-kill|killed process|under-?voltage|mmc[0-9]|mmcblk|I/O error|EXT4-fs (error|warning)|FAT-fs.*error|remounting filesystem read-only|temperature above' | tail -n 200`;

/** The lines of the answer that match. */
export const linesOf = (answer: string, pattern: RegExp): string[] =>
  answer.split('\n').filter(line => pattern.test(line));
