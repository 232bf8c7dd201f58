import { inspect } from 'node:util';
import { exitCodes } from '../core/errors.ts';
import { toJsonLine } from '../core/json-line.ts';
import { renderFailure, toFailureJson } from '../ui/failure.ts';
import { renderJsonEvent } from '../ui/json-event.ts';
import type { Output } from '../ui/output.ts';

/** `error`, or why `signal` was aborted where that is all it says, as with Node's own functions. */
export function unlessAborted(error: unknown, signal: AbortSignal): unknown {
  const isAbort = error instanceof Error && error.name === 'AbortError';
  return isAbort && signal.aborted ? signal.reason : error;
}

/** Tells a failure in the output's own form and sets the exit status that belongs to it. */
export function reportFailure(
  error: unknown,
  output: Output,
  jsonShape: 'document' | 'events' = 'document',
): void {
  const failure = toFailureJson(error);
  process.exitCode = failure.exitCode;
  if (output.mode === 'json')
    output.answer(
      jsonShape === 'document'
        ? toJsonLine({ ok: false, error: failure })
        : renderJsonEvent({ type: 'error', error: failure }),
    );
  else output.talk(renderFailure(error, output));
  if (failure.exitCode === exitCodes.defect && process.env['DEBUG']?.startsWith('os:'))
    output.talk(`${inspect(error)}\n`);
}
