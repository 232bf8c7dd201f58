/** Merges two files as compose does: mappings are merged, lists appended, other values replaced, with these exceptions. */
import type { Problems } from '../../problem.ts';
import {
  appendFileNames,
  appendLists,
  keyedEntries,
  lastOfEach,
  listEntries,
} from '../../yaml/list-entries.ts';
import {
  childOf,
  listOf,
  mappingOf,
  scalarOf,
  textOf,
  withEntry,
  type Mapping,
  type Tree,
} from '../../yaml/tree.ts';

type Rule = (base: Tree, over: Tree, path: readonly string[], problems: Problems) => Tree;

const replace: Rule = (_, over) => over;
const keyed: Rule = (base, over) =>
  mappingOf(new Map([...keyedEntries(base), ...keyedEntries(over)]), over.place);
const append: Rule = (base, over) => appendLists(base, over);
const appendFiles: Rule = (base, over) => appendFileNames(base, over);
const byTarget: Rule = (base, over) =>
  lastOfEach(listOf([...listEntries(base), ...listEntries(over)], over.place));

/** A list of names is a mapping without settings. */
const named: Rule = (base, over, path, problems) =>
  mergeMappings(namesAsMapping(base, path), namesAsMapping(over, path), path, problems);

const build: Rule = (base, over, path, problems) =>
  mergeMappings(buildAsMapping(base), buildAsMapping(over), path, problems);

/** Options belong to their driver. */
const logging: Rule = (base, over, path, problems) => {
  const [before, after] = [childOf(base, 'driver'), childOf(over, 'driver')];
  const isOther = before?.kind === 'scalar' && after?.kind === 'scalar' && before.value !== after.value;
  return isOther || base.kind !== 'mapping' || over.kind !== 'mapping'
    ? over
    : mergeMappings(base, over, path, problems);
};

/** Pools of one subnet are one pool. */
const bySubnet: Rule = (base, over, path, problems) => {
  const pools = new Map<string, Tree>();
  for (const pool of [...listEntries(base), ...listEntries(over)]) {
    const subnet = childOf(pool, 'subnet');
    const key = subnet?.kind === 'scalar' ? textOf(subnet) : '';
    const before = pools.get(key);
    const isSame = before?.kind === 'mapping' && pool.kind === 'mapping';
    pools.set(key, isSame ? mergeMappings(before, pool, [...path, '*'], problems) : pool);
  }
  return listOf([...pools.values()], over.place);
};

const ulimit: Rule = (base, over, path, problems) =>
  base.kind === 'mapping' && over.kind === 'mapping' ? mergeMappings(base, over, path, problems) : over;

const rules: [string, Rule][] = [
  ...['command', 'entrypoint', 'healthcheck.test', 'extends'].map(
    it => [`services.*.${it}`, replace] as [string, Rule],
  ),
  ...[
    'environment',
    'labels',
    'annotations',
    'sysctls',
    'build.args',
    'build.labels',
    'build.additional_contexts',
  ].map(it => [`services.*.${it}`, keyed] as [string, Rule]),
  ...['deploy.labels', 'volumes.*.volume.labels'].map(it => [`services.*.${it}`, keyed] as [string, Rule]),
  ...['networks.*.labels', 'volumes.*.labels'].map(it => [it, keyed] as [string, Rule]),
  ...['extra_hosts', 'build.extra_hosts', 'dns', 'dns_opt', 'dns_search', 'tmpfs'].map(
    it => [`services.*.${it}`, append] as [string, Rule],
  ),
  ...['env_file', 'label_file'].map(it => [`services.*.${it}`, appendFiles] as [string, Rule]),
  ...['volumes', 'devices', 'ports', 'secrets', 'configs'].map(
    it => [`services.*.${it}`, byTarget] as [string, Rule],
  ),
  ...['depends_on', 'networks', 'models'].map(it => [`services.*.${it}`, named] as [string, Rule]),
  ['services.*.build', build],
  ['services.*.logging', logging],
  ['services.*.ulimits.*', ulimit],
  ['networks.*.ipam.config', bySubnet],
];

const byPattern = new Map(rules);

function ruleFor(path: readonly string[]): Rule | undefined {
  const parts = path.map((part, i) =>
    i === 1 || (i === 3 && ['ulimits', 'volumes'].includes(path[2] ?? '')) ? '*' : part,
  );
  return byPattern.get(parts.join('.'));
}

/** Merges `after` into `before`; both are values at `path` of a compose file. */
export function mergeTrees(before: Tree, after: Tree, path: readonly string[], problems: Problems): Tree {
  const [base, over] = withoutResetKeys(before, after);
  if (over.tag === 'override') return { ...over, tag: undefined };
  if (base.kind === 'scalar' && base.value === null) return over;
  const rule = ruleFor(path);
  // An empty command is the image's again; an empty value of another key leaves that of the file before.
  if (over.kind === 'scalar' && over.value === null && rule !== replace) return base;
  if (rule !== undefined) return rule(base, over, path, problems);
  if (base.kind === 'mapping' && over.kind === 'mapping') return mergeMappings(base, over, path, problems);
  if (base.kind === 'list' && over.kind === 'list') return appendLists(base, over);
  if (base.kind === over.kind) return over;
  problems.add(
    over.place,
    path.join('.'),
    `is a ${over.kind} here and a ${base.kind} in ${base.place.file}: they cannot be merged`,
  );
  return over;
}

/** Returns both without the keys that `over` resets, whatever rule would merge them. */
function withoutResetKeys(base: Tree, over: Tree): readonly [Tree, Tree] {
  if (over.kind !== 'mapping') return [base, over];
  const keys = [...over.entries].flatMap(([key, { value }]) => (value.tag === 'reset' ? [key] : []));
  if (keys.length === 0) return [base, over];
  const without = (mapping: Mapping): Mapping =>
    keys.reduce<Mapping>((it, key) => withEntry(it, key, undefined), mapping);
  return [base.kind === 'mapping' ? without(base) : base, { ...without(over), tag: over.tag }];
}

export function mergeMappings(
  base: Mapping,
  over: Mapping,
  path: readonly string[],
  problems: Problems,
): Mapping {
  let merged = base;
  for (const [key, { value }] of over.entries) {
    const before = base.entries.get(key)?.value;
    if (value.tag === 'reset') merged = withEntry(merged, key, undefined);
    else if (before === undefined)
      merged = withEntry(merged, key, value.tag ? { ...value, tag: undefined } : value);
    else merged = withEntry(merged, key, mergeTrees(before, value, [...path, key], problems));
  }
  return { ...merged, place: over.place };
}

function namesAsMapping(tree: Tree, path: readonly string[]): Mapping {
  if (tree.kind === 'mapping') return tree;
  const entries = listEntries(tree).map(item => {
    const name = item.kind === 'scalar' ? String(item.value) : '';
    const condition = { key: item.place, value: scalarOf('service_started', item.place) };
    const value =
      path.at(-1) === 'depends_on'
        ? mappingOf(new Map([['condition', condition]]), item.place)
        : scalarOf(null, item.place);
    return [name, { key: item.place, value }] as const;
  });
  return mappingOf(new Map(entries), tree.place);
}

function buildAsMapping(tree: Tree): Mapping {
  if (tree.kind === 'mapping') return tree;
  return mappingOf(new Map([['context', { key: tree.place, value: tree }]]), tree.place);
}
