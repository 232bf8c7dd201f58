/** From file names to one tree: each file is read, its variables replaced, checked, completed and laid upon the last. */
import { extendServices } from './extend-services.ts';
import { includeFiles } from './include-files.ts';
import { loadFile, type FileRequest, type Loading } from './load-file.ts';
import { mergeMappings } from './merge.ts';
import type { Mapping } from './tree.ts';

/** The merged tree of `files`; undefined, with problems, when none could be read. */
export async function loadModel(
  files: readonly FileRequest[],
  loading: Loading,
): Promise<Mapping | undefined> {
  let model: Mapping | undefined;
  for (const request of files) {
    const own = await loadFile(request, loading);
    if (own === undefined) continue;
    const included = await includeFiles(
      own,
      { ...loading, including: [...loading.including, request.file] },
      loadModel,
    );
    const extended = await extendServices(included, request.file, loading);
    model = model === undefined ? extended : mergeMappings(model, extended, [], loading.problems);
  }
  return model;
}
