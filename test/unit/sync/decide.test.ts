import assert from 'node:assert/strict';
import { parseDockerfile } from '../../../src/project/dockerfile/parse-dockerfile.ts';
import type { WatchRule } from '../../../src/project/service.ts';
import { decide, type ServiceRules } from '../../../src/sync/decide/decide.ts';
import { findEffect } from '../../../src/sync/decide/find-effect.ts';
import { readRecipe, type BaseImage } from '../../../src/sync/decide/read-recipe.ts';

async function rulesOf(
  dockerfile: string,
  {
    buildArgs = {},
    target,
    watch = [],
    base,
  }: {
    buildArgs?: Record<string, string>;
    target?: string;
    watch?: Partial<WatchRule>[];
    base?: BaseImage;
  } = {},
): Promise<ServiceRules> {
  const baseImages = new Map(base === undefined ? [] : [['base', base]]);
  const recipe = readRecipe(await parseDockerfile(dockerfile), { buildArgs, target, baseImages });
  return {
    ...{ recipe, contextDirectory: '/project', buildFiles: ['/project/Dockerfile'], effect: 'restart' },
    watch: watch.map(rule => ({
      action: 'sync',
      path: '/project',
      target: undefined,
      ignore: [],
      include: [],
      ...rule,
    })),
  };
}

/** One line a name; a name that ends in `/` is a directory. */
const decisions = (rules: ServiceRules, names: readonly string[]): string[] =>
  names.map(name => {
    const decision = decide(rules, name.replace(/\/$/, ''), name.endsWith('/'));
    return `${decision.do}: ${decision.name} ${decision.why}`;
  });

async function expect(
  dockerfile: string,
  expected: Record<string, string>,
  options: Parameters<typeof rulesOf>[1] = {},
): Promise<void> {
  const found = decisions(await rulesOf(dockerfile, options), Object.keys(expected));
  assert.deepEqual(
    found,
    Object.entries(expected).map(([name, rest]) => rest.replace('@', name.replace(/\/$/, ''))),
  );
}

describe('what is done about a path', () => {
  it('is where COPY puts it: a directory, its content, a file', () =>
    expect(
      'FROM base\nWORKDIR /app\nCOPY src ./lib\nCOPY one two dir/\nCOPY run.sh /usr/bin/run\nCOPY conf /etc\n',
      {
        'src/': 'sync: @ goes to /app/lib by COPY src ./lib (line 3)',
        'src/a/b.js': 'sync: @ goes to /app/lib/a/b.js by COPY src ./lib (line 3)',
        srcs: 'nothing: @ is taken by no COPY or ADD',
        one: 'sync: @ goes to /app/dir/one by COPY one two dir/ (line 4)',
        'run.sh': 'sync: @ goes to /usr/bin/run by COPY run.sh /usr/bin/run (line 5)',
        conf: 'sync: @ goes to /etc/conf by COPY conf /etc (line 6)',
      },
    ));

  it('is a build where a later RUN depends on it, even if a last COPY takes it again', () =>
    expect('FROM base\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\n', {
      'package.json':
        'rebuild: @ is taken by COPY package*.json ./ (line 3), which feeds RUN npm ci (line 4)',
      'package-lock.json':
        'rebuild: @ is taken by COPY package*.json ./ (line 3), which feeds RUN npm ci (line 4)',
      'lib/package.json': 'sync: @ goes to /app/lib/package.json by COPY . . (line 5)',
      'a.js': 'sync: @ goes to /app/a.js by COPY . . (line 5)',
    }));

  it('is a build for other stages, sync for those that the last one starts from', () =>
    expect(
      'FROM base AS first\nCOPY a /a\nFROM base AS tools\nCOPY t /t\nFROM first\nCOPY --from=tools /t /t\nCOPY b /b\n',
      {
        a: 'sync: @ goes to /a by COPY a /a (line 2)',
        t: 'rebuild: @ is taken by COPY t /t (line 4), which goes into the stage tools',
        b: 'sync: @ goes to /b by COPY b /b (line 7)',
      },
    ));

  it('stops at the target stage', () =>
    expect(
      'FROM base AS dev\nCOPY a /a\nFROM dev\nCOPY b /b\n',
      {
        a: 'sync: @ goes to /a by COPY a /a (line 2)',
        b: 'nothing: @ is taken by no COPY or ADD',
      },
      { target: 'dev' },
    ));

  it('knows JSON form, blanks, variables, and where the base image starts', () =>
    expect(
      'ARG V=1\nFROM base\nARG DIR=x\nENV HOME_OF="/srv/my app"\nCOPY ["a b", "c d/"]\nCOPY e ${HOME_OF}/$DIR/\nCOPY f ${NOT:-g}\n',
      {
        'a b': 'sync: @ goes to /base/c d/a b by COPY ["a b", "c d/"] (line 5)',
        e: 'sync: @ goes to /srv/my app/y/e by COPY e ${HOME_OF}/$DIR/ (line 6)',
        f: 'sync: @ goes to /base/g by COPY f ${NOT:-g} (line 7)',
      },
      { buildArgs: { DIR: 'y' }, base: { workingDirectory: '/base', environment: {}, command: [] } },
    ));

  it('is a build for the Dockerfile, and for what ADD unpacks', () =>
    expect('FROM base\nADD data.tar.gz /data\nADD plain /plain\nADD http://example.com/x /x\n', {
      '/project/Dockerfile': 'rebuild: @ decides how the image is built',
      'data.tar.gz': 'rebuild: @ is taken by ADD data.tar.gz /data (line 2), which is unpacked by ADD',
      plain: 'sync: @ goes to /plain by ADD plain /plain (line 3)',
    }));

  it('is what develop.watch says first: the first rule that matches', () =>
    expect(
      'FROM base\nCOPY . /app\nRUN make\n',
      {
        'web/a.js': 'sync: @ goes to /srv/a.js by develop.watch (sync)',
        'web/a.md': 'rebuild: @ is taken by COPY . /app (line 2), which feeds RUN make (line 3)',
        'go.mod': 'rebuild: @ is built in by develop.watch (rebuild)',
        'conf/x': 'restart: @ starts the service again by develop.watch (restart)',
      },
      {
        watch: [
          { path: '/project/web', target: '/srv', ignore: ['**/*.md'] },
          { action: 'rebuild', path: '/project/go.mod' },
          { action: 'restart', path: '/project/conf' },
        ],
      },
    ));

  it('owns what --chown says', async () => {
    const rules = await rulesOf('FROM base\nARG U=1000\nCOPY --chown=$U:0 a /a\n');
    const decision = decide(rules, 'a', false);
    assert.deepEqual(decision.do === 'sync' && decision.targets, [{ path: '/a', owner: '1000:0' }]);
  });
});

describe('what runs', () => {
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
});
