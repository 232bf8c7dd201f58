import assert from 'node:assert/strict';
import { OsError } from '../../src/core/errors.ts';
import { readProject } from '../../src/project/read-project.ts';
import { openTempDirectory } from './temp-directory.ts';
import { makeTree, type Tree } from './tree.ts';

/** What it does wrong, the file (or files), and every line that it is refused with. */
export type BadFile = [title: string, files: string | Tree, ...problems: string[]];

/** What a project is refused for, its own path left out. */
async function problemsOf(files: Tree): Promise<string[]> {
  await using temp = await openTempDirectory();
  await makeTree(temp.path, files);
  try {
    await readProject(temp.path, { environment: {} });
  } catch (error) {
    assert.ok(error instanceof OsError, String(error));
    assert.equal(error.exitCode, 7);
    return error.message.replaceAll(`${temp.path}/`, '').split('\n');
  }
  return [];
}

/** A compose file whose one service has these lines. */
export const web = (...lines: string[]): string =>
  ['services:', '  web:', '    image: a', ...lines.map(it => `    ${it}`)].join('\n');

export function testBadFiles(bad: readonly BadFile[]): void {
  for (const [title, files, ...problems] of bad)
    it(title, async () => {
      const found = await problemsOf(typeof files === 'string' ? { 'compose.yaml': files } : files);
      assert.deepEqual(found, problems);
    });
}
