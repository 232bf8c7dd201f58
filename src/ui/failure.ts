import { exitCodes, OsError } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import type { Output } from './output.ts';

/** The `error` member of a `--json` document or of the last event of a stream. */
export interface FailureJson {
  code: string;
  message: string;
  hint: string | null;
  exitCode: number;
}

const defectHint = 'this is a defect in os: run it again with DEBUG=os:* and report what it prints';

/** Anything thrown, as scripts see it. What is not an OsError is a defect. */
export function toFailureJson(error: unknown): FailureJson {
  if (error instanceof OsError)
    return { code: error.code, message: error.message, hint: error.hint ?? null, exitCode: error.exitCode };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'defect', message, hint: defectHint, exitCode: exitCodes.defect };
}

/** What the person did themselves needs no telling, but maybe what it means. */
const silentCodes: ReadonlySet<string> = new Set(['interrupted', 'terminated', 'output-closed']);

/** Anything thrown, as a person sees it: one line that names the thing, one line that says what to do. */
export function renderFailure(error: unknown, output: Output): string {
  const failure = toFailureJson(error);
  if (silentCodes.has(failure.code)) {
    if (failure.hint !== null) return output.isQuiet ? '' : `${failure.hint}\n`;
    // The terminal has put ^C where the next line begins.
    return failure.code === 'interrupted' && output.isTalkTty ? '\n' : '';
  }
  const label = output.styleTalk('red', failure.code === 'defect' ? 'os: defect:' : 'os:');
  const lines = [`${label} ${failure.message.split('\n').map(sanitizeLine).join('\n    ')}`];
  if (failure.hint !== null) lines.push(`    ${failure.hint.split('\n').map(sanitizeLine).join('\n    ')}`);
  return `${lines.join('\n')}\n`;
}
