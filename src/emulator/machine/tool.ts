import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { errnoOf, OsError } from '../../core/errors.ts';

const searchPath = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;
const environment = { ...process.env, PATH: searchPath, LC_ALL: 'C.UTF-8' };

export interface ToolOptions {
  readonly signal?: AbortSignal;
  readonly stdin?: string;
  /** Signal that ends the tool when `signal` aborts; default SIGTERM. */
  readonly abortWith?: NodeJS.Signals;
  /** Receives each line of stdout, which is not returned then. */
  readonly onLine?: (line: string) => void;
  /** Receives each line of stderr. */
  readonly onTalk?: (line: string) => void;
}

/** True if a program of that name can be run. */
export function isToolPresent(name: string): boolean {
  return searchPath.split(':').some(directory => {
    try {
      accessSync(path.join(directory, name), constants.X_OK);
      return directory !== '';
    } catch {
      return false;
    }
  });
}

/**
 * Runs a program of the machine to its end and returns its stdout. Throws OsError `host-unsuitable` with the end of its
 * output when it fails; an abort ends it, waits for the end and throws the signal's reason.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  options.signal?.throwIfAborted();
  const child = spawn(command, args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  const onAbort = (): void => void child.kill(options.abortWith ?? 'SIGTERM');
  options.signal?.addEventListener('abort', onAbort);
  const output: string[] = [];
  let stdout = '';
  if (options.onLine === undefined)
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  else createInterface({ input: child.stdout }).on('line', options.onLine);
  createInterface({ input: child.stderr }).on('line', line => {
    output.push(line);
    if (output.length > 8) output.shift();
    options.onTalk?.(line);
  });
  child.stdin.on('error', () => undefined).end(options.stdin ?? '');
  try {
    const status = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child.on('error', reject).on('close', (code, signal) => resolve(code ?? signal));
    });
    options.signal?.throwIfAborted();
    if (status === 0) return stdout;
    throw new OsError(
      'host-unsuitable',
      [`\`${command} ${args[0] ?? ''}\` fails on this machine (${String(status)}):`, ...output].join('\n'),
    );
  } catch (error) {
    if (errnoOf(error) === 'ENOENT')
      throw new OsError('host-unsuitable', `${command} is missing on this machine`, { cause: error });
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
}
