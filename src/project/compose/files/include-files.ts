import { isDeepStrictEqual } from 'node:util';
import path from 'node:path';
import { localPath } from '../../local-path.ts';
import { listEntries } from '../../yaml/list-entries.ts';
import { findDefaultEnvFile, loadEnvFiles } from '../../variables/load-env-files.ts';
import type { FileRequest, Loading } from './load-file.ts';
import { childOf, plainOf, textOf, withEntry, type Mapping, type Tree } from '../../yaml/tree.ts';

type LoadModel = (files: readonly FileRequest[], loading: Loading) => Promise<Mapping | undefined>;

const sections = ['services', 'networks', 'volumes', 'secrets', 'configs', 'models'];

/** `include`: merges the content of other files, with paths and variables of their own, into `model`. */
export async function includeFiles(model: Mapping, loading: Loading, loadModel: LoadModel): Promise<Mapping> {
  const include = childOf(model, 'include');
  if (include?.kind !== 'list') return model;
  let result = withEntry(model, 'include', undefined);
  for (const [index, item] of include.items.entries()) {
    const included = await loadIncluded(item, `include[${index.toString()}]`, loading, loadModel);
    if (included !== undefined) result = importSections(result, included, item, loading);
  }
  return result;
}

async function loadIncluded(
  item: Tree,
  subject: string,
  loading: Loading,
  loadModel: LoadModel,
): Promise<Mapping | undefined> {
  const paths = textsOf(item.kind === 'scalar' ? item : childOf(item, 'path'));
  const [first] = paths;
  if (first === undefined) return undefined;
  const base = item.place.baseDirectory;
  const given = textsOf(childOf(item, 'project_directory'))[0];
  const directory = given === undefined ? path.dirname(localPath(base, first)) : localPath(base, given);
  const repeated = paths.map(it => localPath(base, it)).find(it => loading.including.includes(it));
  if (repeated !== undefined) {
    const circle = [...loading.including.slice(loading.including.indexOf(repeated)), repeated];
    loading.problems.add(
      item.place,
      subject,
      `files include one another in a circle: ${circle.map(it => path.basename(it)).join(' → ')}`,
    );
    return undefined;
  }
  const envFiles = textsOf(childOf(item, 'env_file')).map(it => localPath(base, it));
  const own = await loadEnvFiles(
    {
      files: envFiles.length > 0 ? envFiles : await findDefaultEnvFile(directory),
      lookup: loading.lookup,
      place: item.place,
    },
    loading.problems,
  );
  const requests = paths.map((it): FileRequest => ({
    file: localPath(base, it),
    role: 'included',
    baseDirectory: directory,
    place: item.place,
    subject,
  }));
  return loadModel(requests, { ...loading, lookup: name => loading.lookup(name) ?? own.get(name) });
}

function textsOf(tree: Tree | undefined): string[] {
  return tree === undefined
    ? []
    : listEntries(tree).flatMap(it => (it.kind === 'scalar' ? [textOf(it)] : []));
}

function importSections(model: Mapping, included: Mapping, item: Tree, loading: Loading): Mapping {
  let result = model;
  for (const section of sections) {
    const theirs = childOf(included, section);
    if (theirs?.kind !== 'mapping') continue;
    const ours = childOf(result, section);
    let merged: Mapping = ours?.kind === 'mapping' ? ours : { ...theirs, entries: new Map() };
    for (const [name, { key, value }] of theirs.entries) {
      const existing = merged.entries.get(name);
      if (existing === undefined) merged = withEntry(merged, name, value);
      else if (!isDeepStrictEqual(plainOf(existing.value), plainOf(value)))
        loading.problems.add(
          existing.key,
          `${section}.${name}`,
          `is also in the included ${key.file}: change it in compose.override.yaml, or give it another name`,
        );
    }
    result = withEntry(result, section, { ...merged, place: ours?.place ?? item.place });
  }
  return result;
}
