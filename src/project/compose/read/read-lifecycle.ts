import type { Dependency, Healthcheck, Logging, RestartPolicy } from '../../service.ts';
import type { Cursor } from '../../yaml/cursor.ts';
import { splitCommand } from './split-command.ts';

/** `command` or `entrypoint`: a list, or text in words. */
export function readCommand(command: Cursor): readonly string[] | undefined {
  if (!command.isPresent) return undefined;
  if (command.tree?.kind === 'list') return command.texts();
  const text = command.text() ?? '';
  const split = splitCommand(text);
  if ('problem' in split) {
    command.fail(`${JSON.stringify(text)} ${split.problem}`);
    return undefined;
  }
  if (split.dropped !== '')
    command.warn(
      `ends before ${JSON.stringify(split.dropped)}, as in docker compose: no shell reads it; write ["sh", "-c", "…"]`,
    );
  return split.words;
}

export function readHealthcheck(healthcheck: Cursor): Healthcheck | undefined {
  if (!healthcheck.isPresent) return undefined;
  const isDisabled = healthcheck.at('disable').bool() ?? false;
  return {
    test: isDisabled ? ['NONE'] : readTest(healthcheck.at('test')),
    intervalMs: healthcheck.at('interval').durationMs(),
    timeoutMs: healthcheck.at('timeout').durationMs(),
    startPeriodMs: healthcheck.at('start_period').durationMs(),
    retries: healthcheck.at('retries').integer(),
  };
}

function readTest(test: Cursor): string[] | undefined {
  if (!test.isPresent) return undefined;
  const words = test.texts();
  if (test.tree?.kind === 'scalar') return ['CMD-SHELL', ...words];
  const [first = ''] = words;
  // An empty list is the image's own check.
  if (words.length === 0) return undefined;
  if (!['NONE', 'CMD', 'CMD-SHELL'].includes(first)) {
    test.fail(`starts with ${JSON.stringify(first)}: a list starts with CMD, CMD-SHELL or NONE`);
    return undefined;
  }
  return words;
}

/** `deploy.restart_policy`, else `restart`. */
export function readRestart(service: Cursor): RestartPolicy | undefined {
  const policy = service.at('deploy', 'restart_policy');
  if (policy.isPresent) return readRestartPolicy(policy);
  const restart = service.at('restart');
  const text = restart.text();
  if (text === undefined || text === '') return undefined;
  const [, name, retries] = /^(no|always|unless-stopped|on-failure)(?::(\d+))?$/.exec(text) ?? [];
  if (name === undefined || (retries !== undefined && name !== 'on-failure')) {
    restart.fail(
      `${JSON.stringify(text)} is not a restart policy: it is no, always, unless-stopped, on-failure or on-failure:3`,
    );
    return undefined;
  }
  return {
    name: name as RestartPolicy['name'],
    maximumRetries: retries === undefined ? undefined : Number(retries),
  };
}

function readRestartPolicy(policy: Cursor): RestartPolicy | undefined {
  const condition = policy.at('condition').text() ?? 'any';
  const names: Record<string, RestartPolicy['name']> = {
    none: 'no',
    no: 'no',
    any: 'always',
    always: 'always',
    'on-failure': 'on-failure',
    'unless-stopped': 'unless-stopped',
  };
  const name = names[condition];
  if (name === undefined) {
    policy.at('condition').fail(`${condition} is not none, on-failure, unless-stopped or any`);
    return undefined;
  }
  return { name, maximumRetries: name === 'on-failure' ? policy.at('max_attempts').integer() : undefined };
}

export function readLogging(logging: Cursor): Logging | undefined {
  if (!logging.isPresent) return undefined;
  return { driver: logging.at('driver').text(), options: logging.at('options').record() };
}

export function readDependsOn(dependsOn: Cursor): Dependency[] {
  const plain = { condition: 'service_started', restart: false, isRequired: true } as const;
  if (!dependsOn.isMapping) return dependsOn.texts().map(service => ({ service, ...plain }));
  return dependsOn.entries().map(([service, it]) => ({
    service,
    condition: (it.at('condition').text() ?? plain.condition) as Dependency['condition'],
    restart: it.at('restart').bool() ?? false,
    isRequired: it.at('required').bool() ?? true,
  }));
}
