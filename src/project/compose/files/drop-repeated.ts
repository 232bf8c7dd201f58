/** Items of lists that compose takes once, however often they are written (compose-go, override/uncity.go). */
import { childOf, listOf, mappingOf, plainOf, textOf, type Tree } from '../../yaml/tree.ts';

const ofService = [
  ...['build.args', 'build.labels', 'build.tags', 'cap_add', 'cap_drop', 'deploy.labels', 'devices'],
  ...['dns', 'dns_opt', 'dns_search', 'env_file', 'environment', 'expose', 'labels', 'links'],
  ...['networks.*.aliases', 'networks.*.link_local_ips', 'ports', 'profiles', 'sysctls', 'tmpfs', 'volumes'],
];

const patterns = new Set(['networks.*.labels', ...ofService.map(it => `services.*.${it}`)]);

/** `tree` of a compose file without the repeated items; the last of a device's mappings stays. */
export function dropRepeated(tree: Tree, path: readonly string[] = []): Tree {
  const tagged = tree.tag === undefined ? {} : { tag: tree.tag };
  if (tree.kind === 'mapping') {
    const entries = [...tree.entries].map(([key, { key: place, value }]) => {
      const below = [...path, key];
      return [key, { key: place, value: dropRepeated(value, below) }] as const;
    });
    return { ...mappingOf(new Map(entries), tree.place), ...tagged };
  }
  const pattern = path
    .map((part, i) => (i === 1 || (i === 3 && path[2] === 'networks') ? '*' : part))
    .join('.');
  if (tree.kind !== 'list' || !patterns.has(pattern)) return tree;
  const keyOf = path[2] === 'devices' ? containerPathOf : path[2] === 'env_file' ? variableFileOf : contentOf;
  const items = new Map(tree.items.map(it => [keyOf(it), it]));
  return { ...listOf([...items.values()], tree.place), ...tagged };
}

const contentOf = (item: Tree): string =>
  item.kind === 'scalar' ? textOf(item) : JSON.stringify(plainOf(item));

function variableFileOf(item: Tree): string {
  const name = childOf(item, 'path') ?? item;
  return name.kind === 'scalar' ? textOf(name) : contentOf(item);
}

function containerPathOf(item: Tree): string {
  if (item.kind !== 'scalar') return contentOf(item);
  const [first = '', second = first] = textOf(item).split(':');
  return second;
}
