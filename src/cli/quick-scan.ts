/**
 * `os scan` without oclif, whose loading takes longer than the first device takes to answer. Does only what needs no
 * explaining; help and mistakes are left to the command.
 */
import { parseArgs } from 'node:util';
import { openInterruption } from './interruption.ts';
import { processOutput } from './process-output.ts';
import { reportFailure, unlessAborted } from './report-failure.ts';
import type { ScanFlags } from './run-scan.ts';
import { runScan, scanTimeout } from './run-scan.ts';

/** The command's flags, once more: a test compares the two. */
export const quickOptions = {
  json: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  timeout: { type: 'string' },
  watch: { type: 'boolean' },
  subnet: { type: 'string', multiple: true },
} as const;

/** The flags, or undefined where `argv` needs explaining. */
export function parseQuickly(
  argv: readonly string[],
): (ScanFlags & { isJson: boolean; isQuiet: boolean }) | undefined {
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
    await runScan(flags, output, interruption.signal);
  } catch (error) {
    reportFailure(unlessAborted(error, interruption.signal), output, flags.watch ? 'events' : 'document');
  }
  return true;
}
