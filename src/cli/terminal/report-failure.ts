import { inspect } from 'node:util';
import { exitCodes } from '../../core/errors.ts';
import { toJsonLine } from '../../core/json-line.ts';
import { renderFailure, toFailureJson } from '../../ui/failure.ts';
import { JsonEvents } from '../../ui/json-events.ts';
import type { Output } from '../../ui/output.ts';

/** `error`, or the reason of `signal` if Node's own functions threw a bare AbortError. */
export function unlessAborted(error: unknown, signal: AbortSignal): unknown {
  const isAbort = error instanceof Error && error.name === 'AbortError';
  return isAbort && signal.aborted ? signal.reason : error;
}

interface FailureShape {
  readonly jsonShape?: 'document' | 'events';
  readonly events?: JsonEvents;
}

/** Reports a failure in the output's own form, and returns the exit status that belongs to it. */
export function reportFailure(
  error: unknown,
  output: Output,
  { jsonShape = 'document', events = new JsonEvents(output) }: FailureShape = {},
): number {
  const failure = toFailureJson(error);
  if (output.mode === 'json')
    if (jsonShape === 'document') output.answer(toJsonLine({ ok: false, error: failure }));
    else events.report({ type: 'error', error: failure });
  else output.talk(renderFailure(error, output));
  if (failure.exitCode === exitCodes.defect && process.env['DEBUG']?.startsWith('os:'))
    output.talk(`${inspect(error)}\n`);
  return failure.exitCode;
}
