import assert from 'node:assert/strict';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { execFileSync } from 'node:child_process';
import { listBuildContext } from '../../../src/project/context/build-context.ts';
import { openContext } from '../../../src/project/context/content/open-context.ts';
import type { Build } from '../../../src/project/build.ts';
import { readProject } from '../../../src/project/read-project.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';
import { makeTree, type Tree } from '../../support/tree.ts';

interface Sent {
  readonly names: string[];
  readonly dockerfileName: string;
  readonly ignoreText: string;
}

async function send(tree: Tree, change: (build: Build) => Build = it => it): Promise<Sent> {
  await using temp = await openTempDirectory();
  await makeTree(temp.path, tree);
  const project = await readProject(temp.path, { deviceType: 'qemux86-64', arch: 'amd64' });
  const build = project.services[0]?.build;
  assert.ok(build);
  const listing = await listBuildContext(change(build), { platform: 'linux' });
  await using context = openContext(listing);
  const tar = await buffer(context.stream);
  const names = listing.entries.map(({ name }) => name);
  const ignoreText = names.includes('.dockerignore')
    ? execFileSync('tar', ['-xOf', '-', '.dockerignore'], { input: tar }).toString()
    : '';
  return { names, dockerfileName: listing.dockerfileName, ignoreText };
}

describe('a directory with a Dockerfile alone', () => {
  it('is one privileged service on the host network, with a volume at /data', async () => {
    await using temp = await openTempDirectory();
    const directory = path.join(temp.path, 'My App.2');
    await makeTree(directory, { Dockerfile: 'FROM scratch\n' });
    const project = await readProject(directory, {});
    const [service, ...others] = project.services;
    assert.deepEqual([project.name, others, service?.name], ['myapp2', [], 'main']);
    assert.equal(project.givenName, 'My App.2');
    assert.deepEqual(service?.networking, { mode: 'host' });
    assert.equal(service.security.isPrivileged, true);
    assert.deepEqual(
      project.volumes.map(({ name }) => name),
      ['myapp2_resin-data'],
    );
  });

  it('sends an ignored Dockerfile and ignore file all the same, as the engine needs them', async () => {
    assert.deepEqual(await send({ Dockerfile: 'FROM scratch', '.dockerignore': '*', a: '', '.git/x': '' }), {
      ...{ names: ['.dockerignore', 'Dockerfile'], dockerfileName: 'Dockerfile', ignoreText: '*' },
    });
  });

  it('leaves out .git and build secrets without being told', async () => {
    const { names } = await send({
      Dockerfile: 'FROM scratch',
      '.git/x': '',
      'a/.git/y': '',
      '.balena/secrets/s': '',
    });
    assert.deepEqual(names, ['Dockerfile', 'a/']);
    const tree = {
      Dockerfile: 'FROM scratch',
      '.dockerignore': '!.git\n!.balena',
      '.git/x': '',
      '.balena/s': '',
    };
    assert.deepEqual((await send(tree)).names, ['.dockerignore', '.git/', '.git/x', 'Dockerfile']);
  });

  it('sends a filled-in template under a name of its own that never reaches the image', async () => {
    assert.deepEqual(
      await send({ 'Dockerfile.template': 'FROM x-%%BALENA_ARCH%%', '.os.Dockerfile': 'taken' }),
      {
        names: ['.dockerignore', '.os-1.Dockerfile', '.os.Dockerfile', 'Dockerfile.template'],
        dockerfileName: '.os-1.Dockerfile',
        ignoreText: '.dockerignore\n.os-1.Dockerfile\n',
      },
    );
  });

  it('sends what a Dockerfile that is a symbolic link leads to, also outside', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, {
      'common/Dockerfile': 'FROM scratch',
      'app/Dockerfile': { link: '../common/Dockerfile' },
    });
    const build = (await readProject(path.join(temp.path, 'app'), {})).services[0]?.build;
    assert.ok(build);
    const { entries, dockerfileName } = await listBuildContext(build);
    assert.equal(dockerfileName, '.os.Dockerfile');
    const sent = entries.find(({ name }) => name === dockerfileName);
    assert.ok(sent?.type === 'file' && 'content' in sent.source);
    assert.equal(sent.source.content.toString(), 'FROM scratch');
  });

  it('follows the ignore file of its Dockerfile rather than that of the directory', async () => {
    const tree = {
      Dockerfile: 'FROM scratch',
      'Dockerfile.dockerignore': 'a\nDockerfile*',
      '.dockerignore': 'b',
      a: '',
      b: '',
    };
    assert.deepEqual(await send(tree), {
      names: ['.dockerignore', '.os.Dockerfile', 'b'],
      dockerfileName: '.os.Dockerfile',
      ignoreText: 'b\n.os.Dockerfile\n',
    });
  });

  it('refuses a bad ignore file with its line', async () => {
    await assert.rejects(send({ Dockerfile: 'FROM scratch', '.dockerignore': 'ok\n[x' }), {
      code: 'project-invalid',
      message: '.dockerignore:2:1: not a pattern: "[x": [ without ]',
    });
  });

  it('takes execute bits from git where the file system keeps none', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, {
      Dockerfile: 'FROM scratch\r\n',
      'run.sh': { run: '#!/bin/sh\r\n' },
      'x.sh': { run: '' },
    });
    const git = (...args: string[]): Buffer =>
      execFileSync('git', args, { cwd: temp.path, stdio: ['ignore', 'pipe', 'pipe'] });
    git('init', '-q');
    git('add', 'run.sh');
    const build = (await readProject(temp.path, {})).services[0]?.build;
    assert.ok(build);
    const listing = await listBuildContext(build, { platform: 'win32' });
    assert.deepEqual(
      listing.entries.map(entry => [entry.name, entry.type === 'file' && entry.isExecutable]),
      [
        ['Dockerfile', false],
        ['run.sh', true],
        ['x.sh', false],
      ],
    );
    await using context = openContext(listing);
    assert.ok(!(await text(context.stream)).includes('\r\n'));
  });

  it('is refused when it holds no Dockerfile, or is not there', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { file: '' });
    await assert.rejects(readProject(temp.path, {}), {
      code: 'project-invalid',
      message: `${temp.path} holds neither a Dockerfile nor a compose file`,
    });
    await makeTree(temp.path, { 'compose.yaml': 'services: {web: {image: busybox}}' });
    await assert.rejects(readProject(temp.path, { dockerfile: 'web/Dockerfile' }), {
      code: 'project-invalid',
      message: `there is no web/Dockerfile in ${temp.path}`,
    });
    await assert.rejects(readProject(path.join(temp.path, 'nope'), {}), {
      message: `${path.join(temp.path, 'nope')} is no directory`,
      hint: 'name the directory of the project',
    });
    await assert.rejects(readProject(path.join(temp.path, 'file'), {}), {
      message: /\/file is not a directory$/,
    });
  });
});
