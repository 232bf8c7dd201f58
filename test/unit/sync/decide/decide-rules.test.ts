import assert from 'node:assert/strict';
import { findEffect, findProgramFiles } from '../../../../src/sync/recipe/find-effect.ts';
import { planBatch } from '../../../../src/sync/decide/plan-batch.ts';
import type { Node } from '../../../../src/sync/tree/node.ts';
import { expectDecisions, planOf, rulesOf, toNode } from '../../../support/deciding.ts';

describe('the decision about a path with rules of develop.watch', () => {
  it('follows the rules that match, and the Dockerfile where none names the path', () =>
    expectDecisions(
      'FROM base\nCOPY . /app\nRUN make\n',
      {
        'web/a.js': 'sync: goes to /srv/a.js by develop.watch (sync)',
        'web/a.md': 'nothing: is ignored by develop.watch',
        'other/a.md': 'rebuild: is taken by COPY . /app (line 2), which feeds RUN make (line 3)',
        'go.mod': 'rebuild: is built in by develop.watch (rebuild)',
        'conf/x': 'restart: restarts the service by develop.watch (restart)',
      },
      {
        watch: [
          { path: '/project/web', target: '/srv', ignore: ['**/*.md'] },
          { action: 'rebuild', path: '/project/go.mod' },
          { action: 'restart', path: '/project/conf' },
        ],
      },
    ));

  it('follows rules alone for paths outside of the context, which no COPY takes', () =>
    expectDecisions(
      'FROM base\nCOPY . /app\nCOPY */* /all/\n',
      {
        '/common/a.js': 'sync: goes to /lib/a.js by develop.watch (sync)',
        '/common/a.md': 'nothing: falls under no rule of develop.watch',
        '/flag': 'restart: restarts the service by develop.watch (restart)',
        '/x': 'nothing: falls under no rule of develop.watch',
      },
      {
        watch: [
          { path: '/common', target: '/lib', ignore: ['*.md'] },
          { action: 'restart', path: '/flag' },
        ],
      },
    ));

  it('puts a file that a rule names at its target, and into it where that ends in a slash', () =>
    expectDecisions(
      'FROM base\n',
      {
        '/etc/a.conf': 'sync: goes to /conf/main by develop.watch (sync)',
        '/etc/b.conf': 'sync: goes to /conf.d/b.conf by develop.watch (sync)',
        'html/': 'sync: goes to /srv/html by develop.watch (sync)',
      },
      {
        watch: [
          { path: '/etc/a.conf', target: '/conf/main' },
          { path: '/etc/b.conf', target: '/conf.d/' },
          { path: '/project/html', target: '/srv/html/' },
        ],
      },
    ));

  it('runs the command of a rule after the sync', async () => {
    const exec = {
      command: ['app', 'reload'],
      user: 'app',
      workingDirectory: undefined,
      environment: {},
      isPrivileged: false,
    };
    const watch = [{ action: 'sync+exec' as const, path: '/project/etc', target: '/etc/app', exec }];
    const { decisions, replays, restart } = await planOf('FROM base\nCOPY . /x\n', ['etc/a', 'etc/b'], {
      watch,
    });
    assert.equal(decisions[0]?.why, 'goes to /etc/app/a by develop.watch (sync+exec), then exec app reload');
    assert.deepEqual(replays, [{ ...exec, text: 'exec app reload', isPartOfImage: false }]);
    assert.equal(restart, undefined);
  });

  it('follows include and ignore of a rule, in which directories count for what is in them: what a rule ignores stays as it is, whatever a COPY takes', () =>
    expectDecisions(
      'FROM base\nCOPY . /app\n',
      {
        'src/a.go': 'rebuild: is built in by develop.watch (rebuild)',
        'src/deep/b.go': 'rebuild: is built in by develop.watch (rebuild)',
        'src/a.css': 'sync: goes to /app/src/a.css by COPY . /app (line 2)',
        'web/node_modules/x.js': 'nothing: is ignored by develop.watch',
        'web/x.js': 'sync: goes to /srv/x.js by develop.watch (sync+restart)',
      },
      {
        watch: [
          { action: 'rebuild', path: '/project/src', include: ['**/*.go'] },
          { action: 'sync+restart', path: '/project/web', target: '/srv', ignore: ['node_modules/'] },
        ],
      },
    ));

  it('runs a #dev-run again in the container, with the user and directory of its step', async () => {
    const dockerfile = [
      ...['FROM base', 'ARG LEVEL=1', 'ENV MODE=dev', 'WORKDIR /app', 'COPY package.json .', 'USER node'],
      ...['SHELL ["/bin/ash", "-ec"]', 'RUN npm install', 'RUN ["true"]', 'USER root', 'COPY src src'],
    ].join('\n');
    const { decisions, replays } = await planOf(dockerfile, ['package.json', 'src/a'], {
      liveRuns: new Set([8, 9]),
    });
    assert.deepEqual(
      decisions.map(({ why }) => why),
      [
        'goes to /app/package.json by COPY package.json . (line 5), then RUN npm install (line 8), then RUN ["true"] (line 9)',
        'goes to /app/src/a by COPY src src (line 11)',
      ],
    );
    assert.deepEqual(
      replays,
      [
        { text: 'RUN npm install (line 8)', command: ['/bin/ash', '-ec', 'npm install'] },
        { text: 'RUN ["true"] (line 9)', command: ['true'] },
      ].map(it => ({
        ...it,
        user: 'node',
        workingDirectory: '/app',
        environment: { LEVEL: '1', MODE: 'dev' },
        isPrivileged: false,
        isPartOfImage: true,
      })),
    );
    await expectDecisions(
      dockerfile,
      {
        'package.json':
          'rebuild: is taken by COPY package.json . (line 5), which feeds RUN ["true"] (line 9)',
      },
      { liveRuns: new Set([8]) },
    );
  });

  it('restarts the service for a COPY before the live command, and not for one after it', async () => {
    const dockerfile = 'FROM base\nCOPY conf /conf\nCMD dev\nCOPY src /src\nCOPY entry.sh /entry.sh\n';
    const restartOf = async (name: string): Promise<string | undefined> =>
      (await planOf(dockerfile, [name], { reloadsAfterLine: 3, programFiles: ['/entry.sh'] })).restart;
    assert.equal(await restartOf('conf'), 'conf changed');
    assert.equal(await restartOf('src/a'), undefined);
    assert.equal(await restartOf('entry.sh'), 'entry.sh changed');
  });

  it('removes no more from a container than what it has put there', async () => {
    const file = (name: string): [string, Node] => [`/etc/${name}`, toNode(name)[1]];
    const applied = new Map<string, Node>([
      ['/etc', { kind: 'directory' }],
      file('a/x'),
      file('b'),
      file('a'),
    ]);
    const rules = await rulesOf('FROM base\nCOPY rootfs /\n');
    const gone: [string, Node][] = [
      ['rootfs/etc', { kind: 'directory' }],
      ['rootfs/etc/b', { kind: 'directory' }],
    ];
    const { changes } = planBatch(rules, { dirty: new Map(gone), nodes: new Map(), applied });
    const below = ['/etc/a/x', '/etc/b', '/etc/a'].map(it => ({ path: it, kind: 'file' }));
    assert.deepEqual(changes, [{ do: 'remove', path: '/etc', kind: 'directory', below }]);
  });

  it('asks before all of what a rule brings is removed, be it little, and not for a single file', async () => {
    const rules = await rulesOf('FROM base\n', {
      watch: [
        { path: '/common', target: '/lib/' },
        { path: '/app.conf', target: '/conf' },
        { action: 'restart', path: '/flag' },
      ],
    });
    const pauseOf = (...gone: string[]): string | undefined => {
      const dirty = new Map(gone.map(toNode));
      const applied = new Map(['/lib/', '/lib/a', '/lib/b', '/conf'].map(toNode));
      return planBatch(rules, { dirty, nodes: new Map(), applied }).stop?.cause;
    };
    assert.equal(pauseOf('/common/', '/common/a', '/common/b'), 'all of /common is gone');
    assert.equal(pauseOf('/common/a', '/app.conf', '/flag'), undefined);
  });
});

describe('a directory that takes the place of a link of the sources', () => {
  it('is made with all that is in it, whatever was read there through the link', async () => {
    const directory: Node = { kind: 'directory' };
    const link: Node = { kind: 'symlink', target: '..' };
    const { changes } = planBatch(await rulesOf('FROM base\nCOPY src /app\n'), {
      nodes: new Map(['src', 'src/a', 'src/a/c'].map(name => [name, directory])),
      dirty: new Map<string, Node | undefined>([
        ['src/a', link],
        ['src/a/c', undefined],
      ]),
      applied: new Map<string, Node>([
        ['/app', directory],
        ['/app/a', link],
        ['/app/a/c', directory],
      ]),
      links: new Map([['/app/a', '/']]),
    });
    assert.deepEqual(
      changes.map(it => `${it.do} ${it.path}`),
      ['remove /app/a', 'make-directory /app/a', 'make-directory /app/a/c'],
    );
  });
});

describe('the command of a service', () => {
  for (const command of [
    ['nodemon', 'a.js'],
    ['node', '--watch', 'a.js'],
    ['npx vite'],
    ['flask run --debug'],
    ['uvicorn', 'main:app', '--reload'],
    ['httpd', '-f', '-h', '/page'],
    ['python3 -m http.server 80'],
  ])
    it(`reloads by itself: ${command.join(' ')}`, () => assert.equal(findEffect(command), 'none'));
  for (const command of [['node', 'a.js'], ['httpd-foreground'], ['python', 'watch.py'], []])
    it(`is started again: ${command.join(' ')}`, () => assert.equal(findEffect(command), 'restart'));

  it('is started from its program, and from the script that a shell is given', () => {
    assert.deepEqual(findProgramFiles(['./run', 'x'], '/app'), ['/app/run']);
    assert.deepEqual(findProgramFiles(['/bin/sh', '-e', 'start.sh', 'node'], '/app'), [
      '/bin/sh',
      '/app/start.sh',
    ]);
    assert.ok(findProgramFiles(['entry.sh', 'node', 'a.js'], '/').includes('/usr/local/bin/entry.sh'));
    assert.deepEqual(findProgramFiles(['/entry.sh --fast'], '/'), ['/entry.sh']);
    assert.deepEqual(findProgramFiles(['/bin/sh', '-c', 'a.sh; b'], '/'), ['/bin/sh']);
  });
});
