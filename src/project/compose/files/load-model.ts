/** Reads compose files into one tree. Every document of every file is merged over those before it. */
import { extendServices } from './extend-services.ts';
import { includeFiles } from './include-files.ts';
import { loadFile, type FileRequest, type Loading } from './load-file.ts';
import { mergeMappings } from '../merge/merge.ts';
import type { Mapping } from '../../yaml/tree.ts';

/** The merged tree of `files`; undefined, with problems, when none could be read. */
export async function loadModel(
  files: readonly FileRequest[],
  loading: Loading,
): Promise<Mapping | undefined> {
  let model: Mapping | undefined;
  for (const request of files) {
    const including = [...loading.including, request.file];
    for (const document of await loadFile(request, loading, model)) {
      const included = await includeFiles(document, { ...loading, including }, loadModel);
      const extended = await extendServices(included, request.file, loading);
      model = model === undefined ? extended : mergeMappings(model, extended, [], loading.problems);
    }
  }
  return model;
}
