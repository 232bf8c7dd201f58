import { OsError } from '../../core/errors.ts';
import type { Project } from '../../project/project.ts';
import type { Service } from '../../project/service.ts';

/** Returns the services in `names` and their dependencies, each after its dependencies; all of them for no names. */
export function selectServices(project: Project, names: readonly string[]): readonly Service[] {
  if (names.length === 0) return project.services;
  const byName = new Map(project.services.map(service => [service.name, service]));
  const unknown = names.filter(name => !byName.has(name));
  if (unknown.length > 0)
    throw new OsError('usage', `the project has no service ${unknown.join(', ')}`, {
      hint: `it has ${[...byName.keys()].join(', ')}`,
    });
  const wanted = new Set<string>();
  const add = (name: string): void => {
    const service = byName.get(name);
    if (service === undefined || wanted.has(name)) return;
    wanted.add(name);
    for (const { service: other } of service.dependsOn) add(other);
  };
  for (const name of names) add(name);
  return project.services.filter(({ name }) => wanted.has(name));
}
