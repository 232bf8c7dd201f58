import assert from 'node:assert/strict';
import path from 'node:path';
import { formatProblem } from '../../../src/project/problem.ts';
import type { Project } from '../../../src/project/project.ts';
import { toLiveProject } from '../../../src/project/live-project.ts';
import { readProject } from '../../../src/project/read-project.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';
import { makeTree, type Tree } from '../../support/tree.ts';

/** Reads `tree` as a push that is kept in sync does. */
async function readLive(tree: Tree): Promise<{ plain: Project; live: Project; warnings: string[] }> {
  await using temp = await openTempDirectory();
  await makeTree(temp.path, tree);
  const plain = await readProject(temp.path, {});
  const live = toLiveProject(plain);
  return { plain, live, warnings: live.warnings.map(it => formatProblem(it, temp.path)) };
}

const textOf = ({ services }: Project): string | undefined => services[0]?.build?.dockerfile.text;

/** The live Dockerfile, line by line. */
async function expectLive(dockerfile: string, live: string): Promise<void> {
  const read = await readLive({ Dockerfile: dockerfile });
  assert.equal(textOf(read.plain), dockerfile);
  assert.equal(textOf(read.live), live);
}

async function expectProblem(dockerfile: string, expected: string): Promise<void> {
  await assert.rejects(readLive({ Dockerfile: dockerfile }), { code: 'project-invalid', message: expected });
}

describe('directives for live sync', () => {
  it('are what the image is built by, each on its line, and the live command takes the place of what comes after', () =>
    expectLive(
      [
        'FROM node',
        'COPY package*.json ./',
        'RUN npm install',
        '#dev-env=NODE_ENV=development DEBUG=1',
        '# dev-run=npm install -g webpack',
        '  #DEV-COPY=dev.json /etc/',
        '#dev-cmd-live=webpack serve',
        'COPY ./src src',
        'RUN npm run build && \\',
        '  # not the end',
        '  rm -rf src',
        'COPY nginx.conf .',
        'CMD nginx',
        '',
      ].join('\n'),
      [
        'FROM node',
        'COPY package*.json ./',
        'RUN npm install',
        'ENV NODE_ENV=development DEBUG=1',
        'RUN npm install -g webpack',
        '  COPY dev.json /etc/',
        'CMD webpack serve',
        'COPY ./src src',
        '#RUN npm run build && \\',
        '#  # not the end',
        '#  rm -rf src',
        'COPY nginx.conf .',
        '#CMD nginx',
        '',
      ].join('\n'),
    ));

  it('end the build with the stage of the live command', async () => {
    const { live } = await readLive({
      Dockerfile:
        'FROM node AS build\nCMD a\n#dev-cmd-live=["npm", "run", "dev"]\nFROM nginx AS last\n#dev-run=x\nCMD nginx',
      'compose.yaml': 'services:\n  web:\n    build: {context: ., target: last}\n',
    });
    assert.equal(
      textOf(live),
      'FROM node AS build\n#CMD a\nCMD ["npm", "run", "dev"]\n#FROM nginx AS last\n##dev-run=x\n#CMD nginx',
    );
    assert.equal(live.services[0]?.build?.target, undefined);
  });

  it('of stages after the target count for nothing', async () => {
    const dockerfile = 'FROM node AS build\nCMD a\nFROM build\n#dev-cmd-live=dev\n#dev-run=\n';
    const { live, plain } = await readLive({
      Dockerfile: dockerfile,
      'compose.yaml': 'services:\n  web:\n    build: {context: ., target: build}\n',
    });
    assert.deepEqual(live.services[0]?.build, plain.services[0]?.build);
  });

  it('without a live command leave CMD and RUN as they are', () =>
    expectLive('FROM a\n#dev-run=b\nRUN c\nCMD d\n', 'FROM a\nRUN b\nRUN c\nCMD d\n'));

  it('keep CRLF line ends', () =>
    expectLive('FROM a\r\n#dev-run=b\r\nCMD c\r\n', 'FROM a\r\nRUN b\r\nCMD c\r\n'));

  it('make an image of another Dockerfile, which is no file of the context', async () => {
    const { plain, live } = await readLive({ Dockerfile: 'FROM a\n#dev-run=b\n' });
    const [before, after] = [plain, live].map(({ services }) => services[0]?.build?.dockerfile);
    assert.equal(before?.nameInContext, 'Dockerfile');
    assert.deepEqual([after?.nameInContext, after?.liveOf], [undefined, before]);
  });

  it('that ask for nothing leave the image as it is', async () => {
    const { plain, live } = await readLive({ Dockerfile: 'FROM a\n#livecmd-marker\n# dev-run is nice\n' });
    const same = plain.services[0]?.build?.dockerfile;
    assert.deepEqual(live.services[0]?.build?.dockerfile, { ...same, liveOf: same });
  });

  it('know the variables of a template, which other builds read over', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, {
      'Dockerfile.template': 'FROM a\n#dev-run=echo %%BALENA_ARCH%% %%NOPE%%\n# %%NOPE%%\n',
    });
    const project = await readProject(temp.path, { arch: 'aarch64', deviceType: 'x' });
    assert.equal(textOf(toLiveProject(project)), 'FROM a\nRUN echo aarch64 %%NOPE%%\n# %%NOPE%%\n');
  });

  it('are told with their place where they are wrong, all at once', () =>
    expectProblem(
      [
        '#dev-run=early',
        'FROM a',
        'RUN b && \\',
        '  #dev-run=within',
        '  c',
        '#dev-run=',
        '#dev-run=a \\',
        '#dev-copy=alone',
        '#dev-env=ALONE',
        '#dev-cmd-live=one',
        '  #dev-cmd-live=two',
      ].join('\n'),
      [
        'Dockerfile:1:1: #dev-run: stands before the first FROM, where there is no image yet',
        'Dockerfile:4:3: #dev-run: stands within RUN of line 3: put it before or after',
        'Dockerfile:6:1: #dev-run: says nothing after the =',
        'Dockerfile:7:1: #dev-run: ends in \\, and has to be one line',
        'Dockerfile:8:1: #dev-copy: needs what to copy, and where to: #dev-copy=FILE /there/',
        'Dockerfile:9:1: #dev-env: needs a value: #dev-env=NAME=VALUE',
        'Dockerfile:11:3: #dev-cmd-live: is there twice, first on line 10: one command runs',
      ].join('\n'),
    ));

  it("are told with their place where the device's builder can't do them", () =>
    expectProblem(
      'FROM a\n#dev-run=--mount=type=cache,target=/x npm i\n',
      "Dockerfile:2:1: RUN: --mount needs BuildKit, which the device's builder is not",
    ));

  it('of an inline Dockerfile are told where they stand in the compose file', async () => {
    const compose =
      'services:\n  web:\n    build:\n      dockerfile_inline: |\n        FROM a\n        #dev-run=\n';
    await assert.rejects(readLive({ 'compose.yaml': compose }), {
      message: /^compose\.yaml:6:\d+: #dev-run: says nothing after the =$/,
    });
  });

  it('that nobody knows are told, with the one that was meant', async () => {
    const { warnings } = await readLive({ Dockerfile: 'FROM a\n#dev-cmd-life=x\n#dev-command=x\n' });
    assert.deepEqual(warnings, [
      'Dockerfile:2:1: #dev-cmd-life: is a comment like any other: is it dev-cmd-live?',
      'Dockerfile:3:1: #dev-command: is a comment like any other: live sync knows dev-cmd-live, dev-run, dev-copy, dev-env, livecmd-marker',
    ]);
  });

  it("say when the compose file's command runs instead", async () => {
    const { warnings } = await readLive({
      Dockerfile: 'FROM a\n#dev-cmd-live=x\n',
      'compose.yaml': 'services:\n  web:\n    build: .\n    command: y\n',
    });
    assert.deepEqual(warnings, [
      "Dockerfile:2:1: #dev-cmd-live: does not run: the compose file's command does",
    ]);
  });
});

describe('develop.watch', () => {
  const compose = (...rules: string[]): Tree => ({
    'compose.yaml': `services:\n  web:\n    build: .\n    develop:\n      watch:\n${rules.map(it => `        - {${it}}\n`).join('')}`,
    Dockerfile: 'FROM a\n',
    src: null,
  });

  it('is read whole', async () => {
    await using temp = await openTempDirectory();
    await makeTree(
      temp.path,
      compose(
        'path: src, action: sync+exec, target: /src, initial_sync: true, ignore: a, include: [b, c], exec: {command: reload "a b", user: app, privileged: true, working_dir: /w, environment: [A=1]}',
        'path: ., action: rebuild',
      ),
    );
    const project = await readProject(temp.path, {});
    assert.deepEqual(project.services[0]?.watch, [
      {
        ...{ action: 'sync+exec', path: path.join(temp.path, 'src'), target: '/src', ignore: ['a'] },
        include: ['b', 'c'],
        isSyncedAtStart: true,
        exec: {
          ...{ command: ['reload', 'a b'], user: 'app', workingDirectory: '/w' },
          ...{ environment: { A: '1' }, isPrivileged: true },
        },
      },
      {
        ...{
          action: 'rebuild',
          path: temp.path,
          target: undefined,
          exec: undefined,
          ignore: [],
          include: [],
          isSyncedAtStart: undefined,
        },
      },
    ]);
    assert.deepEqual(project.warnings, []);
  });

  it('is told with its place where it is wrong', async () => {
    await using temp = await openTempDirectory();
    await makeTree(
      temp.path,
      compose(
        'path: src, action: sync',
        'path: src, action: sync+exec, target: /x',
        'path: src, action: sync, target: /x, exec: {command: x}',
        'path: src, action: restart+sync',
      ),
    );
    const message = await readProject(temp.path, {}).then(
      () => '',
      (error: unknown) => (error as Error).message,
    );
    assert.deepEqual(message.split('\n').slice(0, 4), [
      'compose.yaml:6:11: services.web.develop.watch[0]: sync needs a "target": where in the container the files go',
      'compose.yaml:7:11: services.web.develop.watch[1]: sync+exec needs an "exec": what is to be run',
      'compose.yaml:8:49: services.web.develop.watch[2].exec: is run by sync+exec alone, and this is sync',
      'compose.yaml:9:31: services.web.develop.watch[3].action: "restart+sync" is not one of rebuild, sync, restart, sync+restart, sync+exec',
    ]);
  });

  it('warns of what means nothing, and of paths that are not there', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, compose('path: nope, action: rebuild, target: /x'));
    const { warnings } = await readProject(temp.path, {});
    assert.deepEqual(
      warnings.map(it => formatProblem(it, temp.path)),
      [
        `compose.yaml:6:18: services.web.develop.watch[0].path: there is no ${path.join(temp.path, 'nope')}`,
        'compose.yaml:6:49: services.web.develop.watch[0].target: means nothing with rebuild, which puts no file anywhere',
      ],
    );
  });

  it('takes paths outside of the build context, and those of services that are not built', async () => {
    await using temp = await openTempDirectory();
    const watch = '    develop: {watch: [{path: ../common, action: sync, target: /x}]}\n';
    await makeTree(temp.path, {
      common: null,
      'own/compose.yaml': `services:\n  web:\n    build: .\n${watch}  proxy:\n    image: nginx\n${watch}`,
      'own/Dockerfile': 'FROM scratch\n',
    });
    const { services, warnings } = await readProject(path.join(temp.path, 'own'), {});
    assert.deepEqual(warnings, []);
    const paths = services.flatMap(it => it.watch.map(rule => rule.path));
    assert.deepEqual(paths, [path.join(temp.path, 'common'), path.join(temp.path, 'common')]);
  });

  it('refuses to rebuild what is not built', async () => {
    await using temp = await openTempDirectory();
    const watch = 'develop: {watch: [{path: ., action: rebuild}]}';
    await makeTree(temp.path, { 'compose.yaml': `services:\n  web:\n    image: nginx\n    ${watch}\n` });
    await assert.rejects(
      readProject(temp.path, {}),
      /watch\[0\]: there is nothing to rebuild: the service has no "build"/,
    );
  });

  it('takes a path that is a link for what it leads to, as docker compose does', async () => {
    await using temp = await openTempDirectory();
    const tree = compose('path: link, action: sync, target: /x');
    await makeTree(temp.path, { real: null, link: { link: 'real' }, ...tree });
    const { services } = await readProject(temp.path, {});
    assert.equal(services[0]?.watch[0]?.path, path.join(temp.path, 'real'));
  });
});
