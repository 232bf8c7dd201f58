import type { Problems } from '../problem.ts';
import { substitute, SubstitutionError, type Lookup } from './substitute.ts';
import { listOf, mappingOf, type Scalar, type Tree } from '../yaml/tree.ts';

/** Replaces variables in every text of `tree` (not in keys); missing or malformed ones become problems. */
export function interpolate(tree: Tree, subject: string, lookup: Lookup, problems: Problems): Tree {
  const tagged = tree.tag === undefined ? {} : { tag: tree.tag };
  switch (tree.kind) {
    case 'scalar':
      return interpolateScalar(tree, subject, lookup, problems);
    case 'list': {
      const items = tree.items.map((it, i) =>
        interpolate(it, `${subject}[${i.toString()}]`, lookup, problems),
      );
      return { ...listOf(items, tree.place), ...tagged };
    }
    case 'mapping': {
      const entries = [...tree.entries].map(([name, { key, value }]) => {
        const below = subject === '' ? name : `${subject}.${name}`;
        return [name, { key, value: interpolate(value, below, lookup, problems) }] as const;
      });
      return { ...mappingOf(new Map(entries), tree.place), ...tagged };
    }
  }
}

/** Returns advice for a command: people often mean a variable of the container's own shell there. */
const wayOut = (subject: string, name: string): string =>
  /\.(?:command|entrypoint|healthcheck\.test)(?:\[\d+\])?$/.test(subject)
    ? `: write $$${name} to leave it to the container`
    : '';

function interpolateScalar(scalar: Scalar, subject: string, lookup: Lookup, problems: Problems): Scalar {
  const { value, place } = scalar;
  if (typeof value !== 'string' || !value.includes('$')) return scalar;
  try {
    const variables = new Set<string>();
    const { text, unset } = substitute(value, name => {
      variables.add(name);
      return lookup(name);
    });
    for (const name of new Set(unset)) problems.warnOfUnset(place, subject, name, wayOut(subject, name));
    return { ...scalar, value: text, text, isInterpolated: true, variables };
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error;
    problems.add(place, subject, error.message);
    return scalar;
  }
}
