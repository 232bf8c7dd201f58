import { OsError } from '../../core/errors.ts';
import type { Project } from '../../project/project.ts';

/** The variables in a file of `KEY=VALUE` lines, as docker's `--env-file` reads it: nothing is unquoted or replaced. */
export function parseEnvironment(text: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line): [string, string][] => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const equals = line.indexOf('=');
    return equals === -1 ? [] : [[line.slice(0, equals).trim(), line.slice(equals + 1)]];
  });
}

/**
 * `project` with variables added: `KEY` for every service, `service:KEY` for one. Throws OsError `usage` for a service
 * that is not there.
 */
export function withEnvironment(
  project: Project,
  variables: readonly (readonly [string, string])[],
): Project {
  const placed = variables.map(([name, value]) => {
    const colon = name.indexOf(':');
    const service = colon === -1 ? undefined : name.slice(0, colon);
    if (service !== undefined && !project.services.some(it => it.name === service))
      throw new OsError('usage', `the project has no service ${service}`, {
        hint: `it has ${project.services.map(it => it.name).join(', ')}`,
      });
    return { service, name: name.slice(colon + 1), value };
  });
  const services = project.services.map(service => ({
    ...service,
    environment: {
      ...service.environment,
      ...Object.fromEntries(
        placed
          .filter(it => it.service === undefined || it.service === service.name)
          .map(({ name, value }) => [name, value]),
      ),
    },
  }));
  return { ...project, services };
}
