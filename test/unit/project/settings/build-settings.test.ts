import assert from 'node:assert/strict';
import type { Project } from '../../../../src/project/project.ts';
import { readProject } from '../../../../src/project/read-project.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';
import { makeTree, type Tree } from '../../../support/tree.ts';

const compose =
  'name: shop\nservices:\n  web: {build: {context: ., args: {A: compose, B: compose}}}\n  db: {image: busybox}\n  worker: {build: .}\n';

/** The project, and its directory as `DIR` in what is told. */
async function read(
  tree: Tree,
  buildArgs: Record<string, string> = {},
): Promise<{ project: Project | undefined; message: string; at: (text: string) => string }> {
  await using temp = await openTempDirectory();
  await makeTree(temp.path, { Dockerfile: 'FROM busybox\n', ...tree });
  const at = (text: string): string => text.replaceAll(temp.path, 'DIR');
  try {
    return { project: await readProject(temp.path, { buildArgs }), message: '', at };
  } catch (error) {
    return { project: undefined, message: at((error as Error).message), at };
  }
}

describe('build settings in .balena', () => {
  it('give variables to every build and to one, over those of compose and under those of the command', async () => {
    const { project } = await read(
      {
        'compose.yaml': compose,
        '.balena/balena.yml':
          'build-variables:\n  global: [B=global, C=global]\n  services: {web: {C: web, D: 1}}\n',
      },
      { D: 'command' },
    );
    const args = Object.fromEntries(project?.services.map(it => [it.name, it.build?.args]) ?? []);
    assert.deepEqual(args['web'], { A: 'compose', B: 'global', C: 'web', D: 'command' });
    assert.deepEqual(args['worker'], { B: 'global', C: 'global', D: 'command' });
  });

  it('give secrets to every build and to one, from files beside them', async () => {
    const { project, at } = await read({
      'compose.yaml': compose,
      '.resin/resin.yaml':
        'build-secrets:\n  global: [{source: a, dest: token}]\n  services:\n    web:\n      - {source: dir/b, dest: token}\n      - {source: a, dest: deep/c}\n',
      '.resin/secrets/a': 'A',
      '.resin/secrets/dir/b': 'B',
    });
    const secretsOf = (name: string): unknown =>
      project?.services.find(it => it.name === name)?.build?.secrets.map(it => [it.name, at(it.file)]);
    assert.deepEqual(secretsOf('worker'), [['token', 'DIR/.resin/secrets/a']]);
    assert.deepEqual(secretsOf('web'), [
      ['token', 'DIR/.resin/secrets/dir/b'],
      ['deep/c', 'DIR/.resin/secrets/a'],
    ]);
  });

  it('work for a directory with a Dockerfile alone, as JSON too', async () => {
    const { project } = await read({
      '.balena/balena.json': '{"build-variables": {"services": {"main": ["A=1"]}}}',
    });
    assert.deepEqual(project?.services[0]?.build?.args, { A: '1' });
  });

  it('are refused where there is more than one file, with the names of both', async () => {
    const { message } = await read({ '.balena/balena.yml': '', '.resin/resin.json': '{}' });
    assert.equal(message, '.balena/balena.yml:1:1: is there beside .resin/resin.json: keep one of them');
  });

  it('are refused with every place that is wrong', async () => {
    const { message } = await read({
      'compose.yaml': compose,
      '.balena/balena.yml': [
        'build-variables: {services: {wbe: [A=1]}}',
        'build-secrets:',
        '  global:',
        '    - {source: missing, dest: a}',
        '    - {source: ../../compose.yaml, dest: a}',
        '    - {source: here, dest: /etc/passwd}',
        '    - {source: here}',
        '',
      ].join('\n'),
      '.balena/secrets/here': '',
    });
    assert.deepEqual(message.split('\n'), [
      '.balena/balena.yml:1:30: build-variables.services.wbe: the project has no service wbe; it has db, web, worker',
      '.balena/balena.yml:4:16: build-secrets.global[0].source: there is no file DIR/.balena/secrets/missing',
      '.balena/balena.yml:5:16: build-secrets.global[1].source: ../../compose.yaml is not a file in DIR/.balena/secrets',
      '.balena/balena.yml:6:28: build-secrets.global[2].dest: /etc/passwd is not a path in /run/secrets',
      '.balena/balena.yml:7:7: build-secrets.global[3]: needs a dest, its name in /run/secrets',
    ]);
  });

  it('are warned of where they have keys that nothing reads', async () => {
    const { project } = await read({
      'compose.yaml': compose,
      '.balena/balena.yml':
        'build-variable: {global: [A=1]}\nversion: 2\nbuild-variables: {service: {web: [A=1]}, global: [B=1]}\n',
    });
    assert.deepEqual(
      project?.warnings.map(({ place, subject, message }) => [place.line, subject, message]),
      [
        [1, '', '"build-variable" has no effect: did you mean "build-variables"?'],
        [2, '', '"version" has no effect: this file may have build-variables and build-secrets'],
        [3, 'build-variables', '"service" has no effect: did you mean "services"?'],
      ],
    );
  });
});
