import { OsError } from '../../core/errors.ts';
import type { Project } from '../../project/project.ts';

/**
 * The variables in a file of `KEY=VALUE` lines, as docker's `--env-file` reads it: nothing is unquoted or replaced, and a
 * `KEY` alone takes the user's value, if there is one. Throws OsError `usage` for a line with another name.
 */
export function parseEnvironment(
  text: string,
  file = 'the file',
  lookup: (name: string) => string | undefined = () => undefined,
): [string, string][] {
  return text.split(/\r?\n/).flatMap((line, index): [string, string][] => {
    const entry = line.trimStart();
    if (entry === '' || entry.startsWith('#')) return [];
    const equals = entry.indexOf('=');
    const name = equals === -1 ? entry.trimEnd() : entry.slice(0, equals);
    // The line is not printed: it may be part of a secret.
    if (name === '' || /\s/.test(name))
      throw new OsError('usage', `${file}:${(index + 1).toString()}: a variable's name has no blanks`, {
        hint: 'write NAME=value',
      });
    const value = equals === -1 ? lookup(name) : entry.slice(equals + 1);
    return value === undefined ? [] : [[name, value]];
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
  const services = project.services.map(service => {
    const added = placed.filter(it => it.service === undefined || it.service === service.name);
    const names = new Set(added.map(({ name }) => name));
    return {
      ...service,
      environment: {
        ...service.environment,
        ...Object.fromEntries(added.map(({ name, value }) => [name, value])),
      },
      unsetVariables: service.unsetVariables.filter(name => !names.has(name)),
    };
  });
  return { ...project, services };
}
