/** Docker's credential helpers: `docker-credential-NAME get`, a registry on stdin, JSON on stdout. */
import { openDeadline } from '../core/deadline.ts';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { errnoOf } from '../core/errors.ts';
import { onAbort } from '../core/on-abort.ts';
import type { RegistryLogin } from '../engine/engine.ts';
import { jsonOf, textAt } from '../net/json-fields.ts';

/** A key ring may ask its owner for a password meanwhile. */
const answerTimeoutMs = 30_000;

export interface HelperOptions {
  /** Receives one line with the reason why there is no login, without any output of the helper. */
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

type HelperResult = { readonly answer: string; readonly status: number | null } | { readonly errno: string };

/** Runs the helper; returns its output and exit status, or the reason why it could not be run. */
async function runHelper(program: string, registry: string, signal: AbortSignal): Promise<HelperResult> {
  const child = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'ignore'], signal, killSignal: 'SIGKILL' });
  const ended = new Promise<{ readonly status: number | null } | { readonly errno: string }>(resolve => {
    child.once('error', error => resolve({ errno: errnoOf(error) ?? '' }));
    child.once('exit', status => resolve({ status }));
  });
  child.stdin.on('error', () => undefined).end(registry);
  // A child of the helper may keep its output open.
  const answer = text(child.stdout).catch(() => '');
  const end = await ended;
  if ('errno' in end) {
    child.stdout.destroy();
    return end;
  }
  using _stopping = onAbort(signal, () => void child.stdout.destroy());
  return { ...end, answer: await answer };
}

/** Returns the login that `helper` stores for `registry`; undefined if it has none, or fails. */
export async function askCredentialHelper(
  helper: string,
  registry: string,
  { note, signal, timeoutMs = answerTimeoutMs }: HelperOptions,
): Promise<RegistryLogin | undefined> {
  const program = `docker-credential-${helper}`;
  using deadline = openDeadline(signal, timeoutMs);
  const result = await runHelper(program, registry, deadline.signal);
  signal.throwIfAborted();
  const login = deadline.signal.aborted
    ? `does not answer within ${(timeoutMs / 1000).toString()} s`
    : readResult(result, registry);
  if (typeof login !== 'string') return login;
  note(`${registry} is asked without a login: ${program} ${login}`);
  return undefined;
}

/** Returns the login, undefined if the helper has none, or a text that describes the failure. */
function readResult(result: HelperResult, registry: string): RegistryLogin | undefined | string {
  if ('errno' in result)
    return result.errno === 'ENOENT' ? 'is not installed' : `cannot be run: ${result.errno}`;
  const { answer, status } = result;
  if (status !== 0 && /credentials not found/i.test(answer)) return undefined;
  if (status !== 0) return `fails with status ${String(status)}`;
  const login = jsonOf(answer);
  const [username, secret] = [textAt(login, 'Username'), textAt(login, 'Secret')];
  if (username === null || secret === null) return 'answers what is no login';
  return username === '<token>'
    ? { identitytoken: secret, serveraddress: registry }
    : { username, password: secret, serveraddress: registry };
}
