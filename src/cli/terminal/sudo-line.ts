import { shellQuote } from '../../core/shell-quote.ts';

/**
 * Returns the command line that runs this very program as root with its arguments and `drives`; does not rely on sudo's
 * PATH.
 */
export function sudoLineFor(argv: readonly string[], drives: readonly string[]): string {
  const named = drives.flatMap(drive => ['--drive', drive]);
  return ['sudo', '--', process.execPath, ...argv.slice(1), ...named].map(shellQuote).join(' ');
}
