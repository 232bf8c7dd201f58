import { overridingVariables } from '../../../net/docker-variables.ts';
import { machineCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

export const dockerEnvironment = machineCheck({
  id: 'docker-environment',
  title: 'DOCKER_HOST',
  read: machine => machine.environment,
  judge: (environment: Readonly<Partial<Record<string, string>>>) => {
    const set = overridingVariables(environment);
    if (set.length === 0) return ok('not set');
    return warning(
      `${set.join(', ')} set: docker does not use the context that is chosen (\`os\` is not affected)`,
      `for a context of a device: unset ${set.join(' ')}`,
    );
  },
});
