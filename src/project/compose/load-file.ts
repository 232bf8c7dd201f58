import path from 'node:path';
import type { Place, Problems } from '../problem.ts';
import type { ProjectFile } from '../project.ts';
import { checkSchema } from './check-schema.ts';
import { interpolate } from './interpolate.ts';
import { parseYaml } from './parse-yaml.ts';
import { readText } from './read-text.ts';
import type { Lookup } from './substitute.ts';
import type { Mapping } from './tree.ts';

export interface Loading {
  readonly problems: Problems;
  readonly lookup: Lookup;
  /** Called once for every file that takes part. */
  readonly onFile: (file: ProjectFile) => void;
  /** The files that include one another, up to here. */
  readonly including: readonly string[];
}

export interface FileRequest extends ProjectFile {
  /** Where relative paths in the file start from. */
  readonly baseDirectory: string;
  /** Where the file is asked for. */
  readonly place: Place;
  readonly subject: string;
}

/** One file, its variables replaced, as the schema wants it or with problems. */
export async function loadFile(request: FileRequest, loading: Loading): Promise<Mapping | undefined> {
  const { file, role, baseDirectory, place, subject } = request;
  const { problems, lookup, onFile } = loading;
  const text = await readText(file, place, subject, problems);
  if (text === undefined) return undefined;
  onFile({ file, role });
  const start = { file, line: 1, column: 1 };
  const before = problems.errors.length;
  const tree = await parseYaml(text, { file, baseDirectory }, problems);
  if (tree === undefined && problems.errors.length === before) problems.add(start, '', 'the file is empty');
  if (tree === undefined) return undefined;
  if (tree.kind !== 'mapping') {
    problems.add(
      start,
      '',
      `a compose file is a mapping with "services:", and ${path.basename(file)} is a ${tree.kind}`,
    );
    return undefined;
  }
  const interpolated = interpolate(tree, '', lookup, problems);
  await checkSchema(interpolated, problems);
  return interpolated.kind === 'mapping' ? interpolated : undefined;
}
