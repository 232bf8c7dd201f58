/** Services and ports in the text of a compose file, without reading YAML: a completion has no time for that. */

export interface ServicePorts {
  readonly name: string;
  /** TCP ports of its containers that the file names. */
  readonly ports: readonly number[];
}

/** The port of the container in `80`, `8080:80`, `127.0.0.1:8080:80/tcp`; undefined for UDP, ranges and variables. */
function portIn(text: string): number | undefined {
  const [, port] =
    /^(?:[\d.]*:)?(?:\d*:)?(\d{1,5})(?:\/tcp)?$/.exec(text.replace(/^(["'])(.*)\1$/, '$2')) ?? [];
  return port === undefined ? undefined : Number(port);
}

/** The ports that one line of `ports:` or `expose:` names: `- "8080:80"`, `[80, 81]` or `target: 80`. */
function portsIn(line: string): number[] {
  const [, list] = /^\s*(?:ports|expose):\s*\[(.*)\]/.exec(line) ?? [];
  const [, item] = /^\s*-\s+(\S+)\s*(?:#.*)?$/.exec(line) ?? [];
  const [, target] = /^\s*(?:-\s+)?target:\s*(\S+)/.exec(line) ?? [];
  const words = list?.split(',').map(it => it.trim()) ?? [item ?? target ?? ''];
  return words.flatMap(word => portIn(word) ?? []);
}

/** The services of a compose file, in its order. */
export function readServices(compose: string): ServicePorts[] {
  const lines = compose.split('\n');
  const start = lines.findIndex(line => /^services:\s*(?:#.*)?$/.test(line));
  if (start === -1) return [];
  const services: { readonly name: string; readonly ports: Set<number> }[] = [];
  let indent: number | undefined;
  let key = '';
  let keyDepth = 0;
  for (const line of lines.slice(start + 1)) {
    if (/^\s*(?:#.*)?$/.test(line)) continue;
    const depth = /^ */.exec(line)?.[0].length ?? 0;
    if (depth === 0) break;
    indent ??= depth;
    const [, name] = /^ *["']?([\w.-]+)["']?:/.exec(line) ?? [];
    if (depth === indent) {
      if (name !== undefined) services.push({ name, ports: new Set() });
      [key, keyDepth] = ['', 0];
      continue;
    }
    if (name !== undefined && !/^\s*-/.test(line) && (keyDepth === 0 || depth <= keyDepth))
      [key, keyDepth] = [name, depth];
    if (key === 'ports' || key === 'expose')
      for (const port of portsIn(line)) services.at(-1)?.ports.add(port);
  }
  return services.map(({ name, ports }) => ({ name, ports: [...ports] }));
}
