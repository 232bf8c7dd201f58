import { execFile, type ExecFileException } from 'node:child_process';
import { OsError } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import { formatDuration } from '../core/units.ts';

/** The reason for which a program failed: its last line, the time that it had, or its status. */
function reasonOf({ killed, code }: ExecFileException, stderr: string, limitMs: number): string {
  const said = sanitizeLine(stderr.trim().split('\n').at(-1) ?? '');
  if (said !== '') return said;
  return killed === true ? `no answer in ${formatDuration(limitMs)}` : `it ends with status ${String(code)}`;
}

/**
 * Asks the docker client, where there is one that can be run, whether it reaches the engine. Throws OsError `engine-refused`
 * where it does not.
 */
export function checkWithDocker(host: string, signal: AbortSignal, limitMs = 8000): Promise<void> {
  const { DOCKER_HOST: _, DOCKER_CONTEXT: __, DOCKER_TLS_VERIFY: ___, ...env } = process.env;
  const args = ['--host', host, 'version', '--format', '{{.Server.Version}}'];
  return new Promise((resolve, reject) => {
    execFile('docker', args, { env, signal, timeout: limitMs }, (error, _stdout, stderr) => {
      if (error === null || (typeof error.code === 'string' && !signal.aborted)) resolve();
      else if (signal.aborted) reject(signal.reason as Error);
      else
        reject(
          new OsError('engine-refused', `docker does not reach it: ${reasonOf(error, stderr, limitMs)}`, {
            hint: 'is a proxy in between (NO_PROXY), or is docker too new for this engine?',
          }),
        );
    });
  });
}
