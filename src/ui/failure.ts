import { exitCodes, OsError } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { wrapTalk, type Output } from './output.ts';

/** The `error` member of a `--json` document or of the last event of a stream. */
export interface FailureJson {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly exitCode: number;
}

const defectHint = 'this is a defect in os: run it again with DEBUG=os:* and report what it prints';

/** Converts anything thrown to the form for scripts. An error that is not an OsError is a defect. */
export function toFailureJson(error: unknown): FailureJson {
  if (error instanceof OsError)
    return { code: error.code, message: error.message, hint: error.hint ?? null, exitCode: error.exitCode };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'defect', message, hint: defectHint, exitCode: exitCodes.defect };
}

/** Actions of the user are not repeated to them; the hint may still help. */
const silentCodes: ReadonlySet<string> = new Set(['interrupted', 'terminated', 'output-closed']);

/** Renders anything thrown for people: one line that names the failure, one line that suggests a remedy. */
export function renderFailure(error: unknown, output: Output): string {
  const failure = toFailureJson(error);
  const [message = [], hint] = [failure.message, failure.hint].map(text =>
    text?.split('\n').map(sanitizeLine),
  );
  if (silentCodes.has(failure.code)) {
    return hint === undefined || output.isQuiet ? '' : `${wrapTalk(output, hint.join('\n'))}\n`;
  }
  const label = output.styleTalk('red', failure.code === 'defect' ? 'os: defect:' : 'os:');
  const lines = [`${label} ${message.join('\n    ')}`];
  if (hint !== undefined) lines.push(`    ${hint.join('\n    ')}`);
  return `${wrapTalk(output, lines.join('\n'), 4)}\n`;
}
