import { machineCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

/** Variables that decide where the docker client goes, whatever context is chosen; an empty one counts too. */
const names = ['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_TLS_VERIFY'] as const;

export const dockerEnvironment = machineCheck({
  id: 'docker-environment',
  title: 'DOCKER_HOST',
  read: machine => machine.environment,
  judge: (environment: Readonly<Partial<Record<string, string>>>) => {
    const set = names.filter(name => environment[name] !== undefined);
    if (set.length === 0) return ok('not set');
    return warning(
      `${set.join(', ')} set: docker goes there whatever context is chosen (\`os\` does not)`,
      `for a context of a device: unset ${set.join(' ')}`,
    );
  },
});
