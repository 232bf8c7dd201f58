import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { listBuildContext } from '../../src/project/context/build-context.ts';
import { readProject } from '../../src/project/read-project.ts';
import { dockerClientVersion, openDockerClient } from '../support/docker-client.ts';
import { ignoredTree, randomIgnoreFile, regexpNames } from '../support/random-ignore-file.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

/** More of them by hand: `OS_IGNORE_FILES=1350 OS_SEED=1 npx mocha test/integration/project-ignore-oracle.test.ts`. */
const count = Number(process.env['OS_IGNORE_FILES'] ?? 100);
const firstSeed = Number(process.env['OS_SEED'] ?? Math.floor(Math.random() * 1_000_000));

const namesOf = async (directory: string): Promise<string[] | undefined> => {
  const project = await readProject(directory, { environment: {} });
  const build = project.services[0]?.build;
  assert.ok(build);
  const listing = await listBuildContext(build).catch(() => undefined);
  return listing?.entries
    .filter(({ type }) => type !== 'directory')
    .map(({ name }) => name)
    .sort();
};

describe('ignore rules', () => {
  it(`leave out what Docker's client leaves out, in ${count.toString()} random ignore files from seed ${firstSeed.toString()}`, async function () {
    this.timeout(count * 2_000);
    // Docker has changed its rules in version 23.
    if ((await dockerClientVersion()) < 23) this.skip();
    await using temp = await openTempDirectory();
    await using home = await openTempDirectory();
    await using client = await openDockerClient(home.path);
    await makeTree(temp.path, ignoredTree);
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      const text = randomIgnoreFile(seed, seed % 2 === 0 ? [] : regexpNames);
      await writeFile(path.join(temp.path, '.dockerignore'), text);
      const theirs = await client.contextOf(temp.path);
      assert.deepEqual(await namesOf(temp.path), theirs, `seed ${seed.toString()}: ${JSON.stringify(text)}`);
    }
  });
});
