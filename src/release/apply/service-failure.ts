import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerDetails } from '../../engine/objects.ts';

const shownLines = 20;

function describeState({
  state,
  exitCode,
  isOomKilled,
  health,
  error,
  restartCount,
}: ContainerDetails): string {
  if (error !== '') return `does not start: ${sanitizeLine(error)}`;
  if (isOomKilled) return 'was killed: it is out of memory';
  if (state === 'restarting' || restartCount > 0) return `keeps crashing, with status ${exitCode.toString()}`;
  if (state === 'exited' || state === 'dead') return `has ended with status ${exitCode.toString()}`;
  if (health === 'unhealthy') return 'is not healthy';
  if (health === null) return 'has no health check, but others wait for it to be healthy';
  return `is ${state}`;
}

async function lastLines(
  engine: Pick<Engine, 'readLogs'>,
  container: ContainerDetails,
  signal: AbortSignal,
): Promise<string[]> {
  const chunks: Buffer[] = [];
  const { id, isTty } = container;
  for await (const { data } of engine.readLogs(id, { follow: false, tail: shownLines, isTty, signal }))
    chunks.push(data);
  const lines = Buffer.concat(chunks).toString('utf8').split(/\r?\n/);
  return lines.filter(line => line !== '').slice(-shownLines);
}

/** Returns an error with the reason why a service is not up, and the last lines that it printed. Default hint: its logs. */
export async function serviceFailure(
  engine: Pick<Engine, 'readLogs' | 'where'>,
  service: string,
  container: ContainerDetails,
  signal: AbortSignal,
  hint?: string,
): Promise<OsError> {
  const printed = await lastLines(engine, container, signal);
  const check = container.health === 'unhealthy' ? container.healthOutput.trim() : '';
  const lines = [
    `${service} ${describeState(container)}`,
    ...(check === '' ? [] : check.split('\n').map(line => `  health check: ${sanitizeLine(line)}`)),
    ...printed.map(line => `  ${sanitizeLine(line)}`),
  ];
  return new OsError('service-failed', lines.join('\n'), {
    hint: hint ?? `see more with \`os logs ${engine.where} ${service}\``,
  });
}
