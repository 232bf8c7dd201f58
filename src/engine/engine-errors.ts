import { errnoOf, messageOf, OsError } from '../core/errors.ts';
import { saysFull, spaceHint } from '../core/full-disk.ts';
import { sanitizeLine } from '../core/sanitize.ts';

/** What an engine says, as one printable line. */
const spoken = (text: string): string => sanitizeLine(text.trim().replace(/\s*\n\s*/g, '; '));

/** The engine's own words as an error; only a full disk has words of its own. */
export function engineComplaint(
  where: string,
  text: string,
  code: 'engine-refused' | 'engine-missing' | 'engine-conflict' | 'build-failed',
  cause?: unknown,
): OsError {
  if (saysFull(text))
    return new OsError('no-space', `${where} is out of space: ${spoken(text)}`, { hint: spaceHint, cause });
  return new OsError(code, spoken(text), { cause });
}

export const connectionLost = (where: string, cause?: unknown): OsError =>
  new OsError('connection-lost', `the connection to the engine of ${where} is lost`, {
    hint: 'run the command again: it goes on where it was',
    cause,
  });

/** The body of a refusal is `{"message": …}`; dockerode hands it on parsed, or as bytes. */
function refusalText(error: Error & { json?: unknown; statusCode: number }): string {
  const { json } = error;
  if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string')
    return json.message;
  // Of a streaming call dockerode keeps the text alone: `(HTTP code 500) server error - TEXT `.
  return error.message.replace(/^\(HTTP code \d+\) .*? - /s, '');
}

const codeOfStatus = { 404: 'engine-missing', 409: 'engine-conflict' } as const;

const isRefusal = (error: unknown): error is Error & { json?: unknown; statusCode: number } =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';

const networkErrnos = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
  'ERR_STREAM_PREMATURE_CLOSE',
  'HPE_INVALID_EOF_STATE',
]);

/** Anything thrown by dockerode or a stream of its, as this program's own error. */
export function translateEngineError(where: string, error: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof OsError) return error;
  if (isRefusal(error)) {
    const { statusCode } = error;
    // Go's own words, or none: an engine that has just been started listens before it knows what it serves.
    if (statusCode === 404 && /^(404 page not found)?$/.test(refusalText(error).trim()))
      return connectionLost(where, error);
    const code =
      statusCode in codeOfStatus ? codeOfStatus[statusCode as keyof typeof codeOfStatus] : 'engine-refused';
    return engineComplaint(where, refusalText(error), code, error);
  }
  if (networkErrnos.has(errnoOf(error) ?? '') || messageOf(error) === 'aborted')
    return connectionLost(where, error);
  return error;
}
