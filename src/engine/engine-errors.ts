import { errnoOf, messageOf, OsError } from '../core/errors.ts';
import { reportsFullDisk, spaceHint } from '../core/full-disk.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { BrokenJson } from './read/json-messages.ts';

/** Returns an engine's message as one printable line. */
const printable = (text: string): string => sanitizeLine(text.trim().replace(/\s*\n\s*/g, '; '));

/** Converts the engine's message to an error; only a full disk gets its own code. */
export function engineFailure(
  where: string,
  text: string,
  code: 'engine-refused' | 'engine-missing' | 'engine-conflict' | 'build-failed',
  cause?: unknown,
): OsError {
  if (reportsFullDisk(text))
    return new OsError('no-space', `${where} is out of space: ${printable(text)}`, {
      hint: spaceHint,
      cause,
    });
  return new OsError(code, printable(text), { cause });
}

export const connectionLost = (where: string, cause?: unknown): OsError =>
  new OsError('connection-lost', `the connection to the engine of ${where} is lost`, {
    hint: 'run the command again: it goes on where it was',
    cause,
  });

/** The error for an engine that keeps its connections and answers nothing on them. */
export const silentEngine = (where: string): OsError =>
  new OsError('connection-lost', `the engine of ${where} stops answering`, {
    hint: 'the device is there, but its engine hangs: its storage may be failing, which os doctor tells; os reboot starts it again',
  });

/** The body of a refusal is `{"message": …}`; dockerode hands it on parsed, or as bytes. */
function refusalText(error: Error & { readonly json?: unknown; readonly statusCode: number }): string {
  const { json } = error;
  if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string')
    return json.message;
  // dockerode keeps only the text of an error from a streaming call: `(HTTP code 500) server error - TEXT `.
  return error.message.replace(/^\(HTTP code \d+\) .*? - /s, '');
}

const codeOfStatus = { 404: 'engine-missing', 409: 'engine-conflict' } as const;

const isRefusal = (
  error: unknown,
): error is Error & { readonly json?: unknown; readonly statusCode: number } =>
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
]);

/** True for the codes of Node.js's parser: what came is no HTTP, or was cut off. */
const isNoHttp = (errno: string): boolean => errno.startsWith('HPE_');

/** Converts anything thrown by dockerode or one of its streams to this program's own error. */
export function translateEngineError(where: string, error: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof OsError) return error;
  if (isRefusal(error)) {
    const { statusCode } = error;
    // A 404 with Go's default text, or none: a freshly started engine listens before it has registered its routes.
    if (statusCode === 404 && /^(404 page not found)?$/.test(refusalText(error).trim()))
      return connectionLost(where, error);
    // An engine that is being stopped has closed its store of volumes (bbolt, ErrDatabaseNotOpen), and answers on for a moment.
    if (/\bdatabase not open$/.test(refusalText(error).trim())) return connectionLost(where, error);
    if (statusCode >= 300 && statusCode < 400)
      return new OsError(
        'engine-refused',
        `the engine of ${where} answers with a redirect, which is not followed (HTTP ${statusCode.toString()})`,
        { cause: error },
      );
    const code =
      statusCode in codeOfStatus ? codeOfStatus[statusCode as keyof typeof codeOfStatus] : 'engine-refused';
    return engineFailure(where, refusalText(error), code, error);
  }
  const errno = errnoOf(error) ?? '';
  if (
    error instanceof BrokenJson ||
    networkErrnos.has(errno) ||
    isNoHttp(errno) ||
    messageOf(error) === 'aborted'
  )
    return connectionLost(where, error);
  return error;
}
