import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { readProjectDevice } from '../../../src/device/project-device.ts';
import { listBuildContext } from '../../../src/project/context/build-context.ts';
import { readProject } from '../../../src/project/read-project.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';
import { makeTree, type Tree } from '../../support/tree.ts';

describe('a pipe in the place of a file of a project', () => {
  const service = 'services:\n  web:\n    image: busybox\n';
  const projects: Readonly<Record<string, Tree>> = {
    'compose.yaml': {},
    Dockerfile: {},
    '.env': { 'compose.yaml': service },
    'web.env': { 'compose.yaml': `${service}    env_file: web.env\n` },
  };
  for (const [name, tree] of Object.entries(projects))
    it(`is refused and not waited for where it is ${name}`, async () => {
      await using directory = await openTempDirectory();
      await makeTree(directory.path, tree);
      await promisify(execFile)('mkfifo', [path.join(directory.path, name)]);
      await assert.rejects(readProject(directory.path, { environment: {} }), {
        code: 'project-invalid',
        message: new RegExp(`${name.replaceAll('.', '\\.')} is a pipe, which is not read`),
      });
    });

  it('is refused where it is os.yml', async () => {
    await using directory = await openTempDirectory();
    await promisify(execFile)('mkfifo', [path.join(directory.path, 'os.yml')]);
    await assert.rejects(readProjectDevice(directory.path), {
      code: 'usage',
      message: /os\.yml is a pipe, which is not read$/,
    });
  });

  it('is refused where it is .dockerignore', async () => {
    await using directory = await openTempDirectory();
    await makeTree(directory.path, { Dockerfile: 'FROM busybox\n' });
    await promisify(execFile)('mkfifo', [path.join(directory.path, '.dockerignore')]);
    const project = await readProject(directory.path, { environment: {} });
    assert.ok(project.services[0]?.build);
    await assert.rejects(listBuildContext(project.services[0].build), {
      code: 'project-invalid',
      message: /\.dockerignore:1:1: it is a pipe, which is not read/,
    });
  });
});
