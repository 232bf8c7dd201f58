import { access } from 'node:fs/promises';
import path from 'node:path';
import type { ProjectFile } from '../../project.ts';

const baseNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const overrideNames = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];
/** Files that only development on a device applies; people know them from other tools, so a warning names them. */
const developmentNames = ['docker-compose.dev.yml', 'docker-compose.dev.yaml'];

export interface FoundComposeFiles {
  /** In the order of merging; empty when the directory has none. */
  readonly files: readonly ProjectFile[];
  /** Further base files, of which compose reads none. */
  readonly passedOver: readonly string[];
}

/** Returns the compose files of a directory for which no file was named. */
export async function findComposeFiles(directory: string): Promise<FoundComposeFiles> {
  const present = async (names: readonly string[]): Promise<string[]> => {
    const files = names.map(name => path.join(directory, name));
    const found = await Promise.all(files.map(isThere));
    return files.filter((_, i) => found[i]);
  };
  const [base, ...passedOver] = await present(baseNames);
  if (base === undefined) return { files: [], passedOver: [] };
  const [override] = await present(overrideNames);
  const [development] = await present(developmentNames);
  return {
    files: [
      { file: base, role: 'base' },
      ...(override === undefined ? [] : [{ file: override, role: 'override' as const }]),
      ...(development === undefined ? [] : [{ file: development, role: 'development' as const }]),
    ],
    passedOver,
  };
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
