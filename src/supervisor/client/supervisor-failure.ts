/** Converts an answer other than 2xx to an error in the supervisor's own words, which come in three shapes. */
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { readJsonObject } from './read-answer.ts';
import type { SupervisorAnswer } from './supervisor-http.ts';

const longestWords = 2_000;

/** `{"message": …}` of v2, `{"Data": "", "Error": …}` of v1, or plain text. */
export function wordsOf({ body }: SupervisorAnswer): string {
  const object = readJsonObject(body);
  const words = [object?.['message'], object?.['Error']].find(it => typeof it === 'string' && it !== '');
  const text = typeof words === 'string' ? words : body.toString('utf8', 0, longestWords);
  return sanitizeLine(
    text
      .replaceAll(/\s*\n\s*/g, '; ')
      .slice(0, longestWords)
      .trim(),
  );
}

/**
 * Returns the service that holds the update lock, from both forms in which supervisors report it (12: a path; later: a
 * record).
 */
export function lockHolderOf(words: string): string | undefined {
  const record = /Lockfile exists for \{ appId: \d+, service: ([\w.-]+) \}/.exec(words)?.[1];
  return record ?? /\/services\/\d+\/([\w.-]+)\/(?:resin-)?updates\.lock/.exec(words)?.[1];
}

/** Converts an answer to a failure. `what` names the request: `stop web`. */
export function toSupervisorFailure(what: string, answer: SupervisorAnswer): OsError {
  const words = wordsOf(answer);
  const { status } = answer;
  if (status === 401)
    return new OsError('auth-refused', `the supervisor refuses to ${what}: it asks for a key (401)`, {
      hint: 'turn local mode on, or use the engine: --runner engine',
    });
  if (status === 423) {
    const holder = lockHolderOf(words);
    const by = holder === undefined ? words : `${holder} holds the update lock`;
    return new OsError('busy', `the supervisor refuses to ${what}: ${by}`, {
      hint: 'wait until it is released, or override it with --force',
    });
  }
  const reason = words === '' ? `status ${status.toString()}` : `${words} (${status.toString()})`;
  return new OsError('supervisor-refused', `the supervisor refuses to ${what}: ${reason}`);
}
