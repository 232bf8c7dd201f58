import path from 'node:path';
import type { Place, Problems } from '../../problem.ts';
import type { ProjectFile } from '../../project.ts';
import { dropRepeated } from './drop-repeated.ts';
import { checkSchema } from '../check/check-schema.ts';
import { interpolate } from '../../variables/interpolate.ts';
import { parseYamlDocuments } from '../../yaml/parse-yaml.ts';
import { readText } from '../../variables/read-text.ts';
import type { Lookup } from '../../variables/substitute.ts';
import { childOf, mappingOf, withEntry, type Mapping, type Tree } from '../../yaml/tree.ts';

export interface Loading {
  readonly problems: Problems;
  readonly lookup: Lookup;
  /** Called for every file that is read. */
  readonly onFile: (file: ProjectFile) => void;
  /** The chain of files whose `include` led here. */
  readonly including: readonly string[];
}

export interface FileRequest extends ProjectFile {
  /** Base of relative paths in the file. */
  readonly baseDirectory: string;
  /** Place that names the file. */
  readonly place: Place;
  readonly subject: string;
}

/**
 * Returns the YAML documents of one file, with variables replaced, and checked; faults become problems. `base` is the
 * model that they are merged into.
 */
export async function loadFile(request: FileRequest, loading: Loading, base?: Mapping): Promise<Mapping[]> {
  const { file, role, baseDirectory, place, subject } = request;
  const { problems, lookup, onFile } = loading;
  const text = await readText(file, place, subject, problems);
  if (text === undefined) return [];
  onFile({ file, role });
  const start = { file, line: 1, column: 1 };
  const before = problems.errors.length;
  const trees = await parseYamlDocuments(text, { file, baseDirectory }, problems);
  // One of several files of a project may be empty, as in compose; a file that is extended may not.
  if (trees.length === 0 && role === 'extended' && problems.errors.length === before)
    problems.add(start, '', 'the file is empty');
  const mappings: Mapping[] = [];
  for (const tree of trees) {
    if (tree.kind !== 'mapping') {
      const name = path.basename(file);
      const at = trees.length === 1 ? start : tree.place;
      problems.add(at, '', `a compose file is a mapping with "services:", and ${name} is a ${tree.kind}`);
      continue;
    }
    const interpolated = withoutEmptyInclude(dropRepeated(interpolate(tree, '', lookup, problems)));
    await checkSchema(withoutInherited(interpolated, base ?? mappings[0]), problems);
    if (interpolated.kind === 'mapping') mappings.push(interpolated);
  }
  return mappings;
}

/** `tree` without an `include` that has nothing below it, as where all of its lines are comments. */
function withoutEmptyInclude(tree: Tree): Tree {
  const include = childOf(tree, 'include');
  const isEmpty = tree.kind === 'mapping' && include?.kind === 'scalar' && include.value === null;
  return isEmpty ? withEntry(tree, 'include', undefined) : tree;
}

/** `tree` without empty values of keys that `base` has: merged, they are the base's. */
function withoutInherited(tree: Tree, base: Tree | undefined): Tree {
  if (tree.kind !== 'mapping' || base?.kind !== 'mapping') return tree;
  const entries = [...tree.entries].flatMap(([name, { key, value }]) => {
    const below = base.entries.get(name)?.value;
    const isInherited = below !== undefined && value.kind === 'scalar' && value.value === null;
    return isInherited ? [] : [[name, { key, value: withoutInherited(value, below) }] as const];
  });
  return { ...mappingOf(new Map(entries), tree.place), ...(tree.tag ? { tag: tree.tag } : {}) };
}
