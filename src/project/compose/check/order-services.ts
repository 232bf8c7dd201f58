import type { Service } from '../../service.ts';
import type { Cursor } from '../../yaml/cursor.ts';

/** Orders each service after its dependencies, otherwise by name; a cycle is a problem. */
export function orderServices(services: readonly Service[], model: Cursor): Service[] {
  const byName = new Map(services.map(service => [service.name, service]));
  const ordered = new Set<Service>();
  const visit = (service: Service, chain: readonly string[]): void => {
    if (ordered.has(service)) return;
    const start = chain.indexOf(service.name);
    if (start !== -1) {
      const circle = [...chain.slice(start), service.name];
      const first = circle.slice(0, -1).sort()[0] ?? service.name;
      const at = model.at('services', first, 'depends_on');
      at.problems.add(
        at.keyPlace,
        at.subject,
        `services wait for one another in a circle: ${circle.join(' → ')}`,
      );
      return;
    }
    const names = service.dependsOn.map(({ service: name }) => name).sort();
    for (const name of names) {
      const dependency = byName.get(name);
      if (dependency !== undefined) visit(dependency, [...chain, service.name]);
    }
    ordered.add(service);
  };
  for (const service of [...services].sort((a, b) => (a.name < b.name ? -1 : 1))) visit(service, []);
  return [...ordered];
}
