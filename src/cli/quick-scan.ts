/**
 * `os scan` without oclif, whose loading takes longer than the first device takes to answer. Handles valid arguments
 * only; help and mistakes are left to the command.
 */
import { parseArgs } from 'node:util';
import { openInterruption } from './terminal/interruption.ts';
import { processOutput } from './terminal/process-output.ts';
import { reportFailure, unlessAborted } from './terminal/report-failure.ts';
import type { ScanFlags } from './verbs/run-scan.ts';
import { runScan, scanTimeout } from './verbs/run-scan.ts';

/** Copy of the command's flags: a test compares the two. */
export const quickOptions = {
  json: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  timeout: { type: 'string' },
  watch: { type: 'boolean' },
  subnet: { type: 'string', multiple: true },
} as const;

/** The flags, or undefined if `argv` needs explaining. */
export function parseQuickly(
  argv: readonly string[],
): (ScanFlags & { readonly isJson: boolean; readonly isQuiet: boolean }) | undefined {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: quickOptions,
      strict: true,
      allowPositionals: false,
    });
    const { json = false, quiet = false, subnet = [], timeout = scanTimeout, watch = false } = values;
    return { isJson: json, isQuiet: quiet, subnet, timeout, watch };
  } catch {
    return undefined;
  }
}

/** Runs `os scan` with `argv`; false when the command has to. Sets `process.exitCode`; never throws. */
export async function quickScan(argv: readonly string[]): Promise<boolean> {
  const flags = parseQuickly(argv);
  if (flags === undefined) return false;
  using interruption = openInterruption();
  const output = processOutput(flags);
  try {
    if (flags.watch) interruption.watchReader();
    await runScan(flags, output, interruption.signal);
  } catch (error) {
    process.exitCode = reportFailure(unlessAborted(error, interruption.signal), output, {
      jsonShape: flags.watch ? 'events' : 'document',
    });
  }
  return true;
}
