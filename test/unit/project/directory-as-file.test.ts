import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { readProjectDevice } from '../../../src/device/project-device.ts';
import { listBuildContext } from '../../../src/project/context/build-context.ts';
import { readProject } from '../../../src/project/read-project.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';
import { makeTree, type Tree } from '../../support/tree.ts';

/** Reads the project of these files, and lists the context of its service. */
async function readWhole(tree: Tree, prepare: (directory: string) => Promise<void>): Promise<void> {
  await using temp = await openTempDirectory();
  await makeTree(temp.path, tree);
  await prepare(temp.path);
  const project = await readProject(temp.path, { environment: {} });
  assert.ok(project.services[0]?.build);
  await listBuildContext(project.services[0].build);
}

const nothing = (): Promise<void> => Promise.resolve();

describe('a directory in the place of a file of a project', () => {
  const cases: [string, Tree, RegExp][] = [
    ['.dockerignore', { Dockerfile: 'FROM a', '.dockerignore/x': '' }, /\.dockerignore is a directory$/],
    [
      '.dockerignore beside an ignore file of the Dockerfile',
      { Dockerfile: 'FROM a', 'Dockerfile.dockerignore': 'Dockerfile', '.dockerignore/x': '' },
      /cannot read \.dockerignore: it is a directory$/,
    ],
    [
      '.balena/balena.yml',
      { Dockerfile: 'FROM a', '.balena/balena.yml/x': '' },
      /balena\.yml is a directory$/,
    ],
  ];
  for (const [name, tree, message] of cases)
    it(`is refused where it is ${name}`, () =>
      assert.rejects(readWhole(tree, nothing), { code: 'project-invalid', message }));

  it('is no ignore file of a project whose builds have others', async () => {
    const tree = {
      'compose.yaml': 'services: {web: {build: web}}',
      'web/Dockerfile': 'FROM a',
      '.dockerignore/x': '',
    };
    await readWhole(tree, nothing);
  });

  it('is not os.yml, which is looked for above it', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { 'os.yml': 'device: kitchen', 'app/os.yml/x': '' });
    assert.equal(await readProjectDevice(path.join(temp.path, 'app')), 'kitchen');
  });
});

describe('a link that leads to itself in the place of a file of a project', () => {
  const compose = 'services: {web: {build: ., env_file: web.env}}';
  for (const [name, tree] of [
    ['.dockerignore', { Dockerfile: 'FROM a' }],
    ['web.env', { Dockerfile: 'FROM a', 'compose.yaml': compose }],
  ] as const)
    it(`is refused where it is ${name}`, () =>
      assert.rejects(
        readWhole(tree, directory => symlink(name, path.join(directory, name))),
        { code: 'project-invalid', message: new RegExp(`${name} is a link that leads nowhere$`) },
      ));
});
