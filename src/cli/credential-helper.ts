/** Docker's credential helpers: `docker-credential-NAME get`, a registry on stdin, JSON on stdout. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { errnoOf } from '../core/errors.ts';
import { onAbort } from '../core/on-abort.ts';
import type { RegistryLogin } from '../engine/engine.ts';

/** A key ring may ask its owner for a password meanwhile. */
const answerTimeoutMs = 30_000;

export interface HelperOptions {
  /** Told in one line, without anything that the helper said, why it gives no login. */
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

type HelperResult = { readonly answer: string; readonly status: number | null } | { readonly errno: string };

interface Answer {
  readonly Username?: string;
  readonly Secret?: string;
}

function parseAnswer(answer: string): Answer | undefined {
  try {
    return JSON.parse(answer) as Answer;
  } catch {
    return undefined;
  }
}

/** Runs the helper; why it could not be asked, or what it said and its exit status. */
async function runHelper(program: string, registry: string, signal: AbortSignal): Promise<HelperResult> {
  const child = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'ignore'], signal, killSignal: 'SIGKILL' });
  const ended = new Promise<{ status: number | null } | { errno: string }>(resolve => {
    child.once('error', error => resolve({ errno: errnoOf(error) ?? '' }));
    child.once('exit', status => resolve({ status }));
  });
  child.stdin.on('error', () => undefined).end(registry);
  // What the helper has started may keep its output open.
  const answer = text(child.stdout).catch(() => '');
  const end = await ended;
  if ('errno' in end) {
    child.stdout.destroy();
    return end;
  }
  using _stopping = onAbort(signal, () => void child.stdout.destroy());
  return { ...end, answer: await answer };
}

/** The login that `helper` keeps for `registry`; undefined when it has none, or cannot tell. */
export async function askCredentialHelper(
  helper: string,
  registry: string,
  { note, signal, timeoutMs = answerTimeoutMs }: HelperOptions,
): Promise<RegistryLogin | undefined> {
  const program = `docker-credential-${helper}`;
  const timeout = AbortSignal.timeout(timeoutMs);
  const result = await runHelper(program, registry, AbortSignal.any([signal, timeout]));
  signal.throwIfAborted();
  const login = timeout.aborted
    ? `does not answer within ${(timeoutMs / 1000).toString()} s`
    : readResult(result, registry);
  if (typeof login !== 'string') return login;
  note(`${registry} is asked without a login: ${program} ${login}`);
  return undefined;
}

/** The login, or undefined when the helper has none; else what is the matter with it. */
function readResult(result: HelperResult, registry: string): RegistryLogin | undefined | string {
  if ('errno' in result)
    return result.errno === 'ENOENT' ? 'is not installed' : `cannot be run: ${result.errno}`;
  const { answer, status } = result;
  if (status !== 0 && /credentials not found/i.test(answer)) return undefined;
  if (status !== 0) return `fails with status ${String(status)}`;
  const { Username, Secret } = parseAnswer(answer) ?? {};
  if (!Username || !Secret) return 'answers what is no login';
  return Username === '<token>'
    ? { identitytoken: Secret, serveraddress: registry }
    : { username: Username, password: Secret, serveraddress: registry };
}
