import assert from 'node:assert/strict';
import { parseDockerfile } from '../../../../src/project/dockerfile/parse/parse-dockerfile.ts';
import { expectDecisions, planOf } from '../../../support/deciding.ts';

describe('the decision about a path of the context', () => {
  it('is to sync it to where COPY puts it: a directory, its content, a file', () =>
    expectDecisions(
      'FROM base\nWORKDIR /app\nCOPY src ./lib\nCOPY one two dir/\nCOPY run.sh /usr/bin/run\nCOPY conf /etc\n',
      {
        'src/': 'sync: goes to /app/lib by COPY src ./lib (line 3)',
        'src/a/b.js': 'sync: goes to /app/lib/a/b.js by COPY src ./lib (line 3)',
        srcs: 'nothing: is taken by no COPY or ADD',
        one: 'sync: goes to /app/dir/one by COPY one two dir/ (line 4)',
        'run.sh': 'sync: goes to /usr/bin/run by COPY run.sh /usr/bin/run (line 5)',
        conf: 'sync: goes to /etc/conf by COPY conf /etc (line 6)',
      },
    ));

  it('is a build where a later RUN depends on it, even if a last COPY takes it again', () =>
    expectDecisions('FROM base\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\n', {
      'package.json': 'rebuild: is taken by COPY package*.json ./ (line 3), which feeds RUN npm ci (line 4)',
      'package-lock.json':
        'rebuild: is taken by COPY package*.json ./ (line 3), which feeds RUN npm ci (line 4)',
      'lib/package.json': 'sync: goes to /app/lib/package.json by COPY . . (line 5)',
      'a.js': 'sync: goes to /app/a.js by COPY . . (line 5)',
    }));

  it('is a build where only BuildKit knows what becomes of it', () =>
    expectDecisions(
      'FROM base\nRUN --mount=type=bind,source=lock,target=/lock --mount=type=cache,target=/c npm ci\nCOPY --link a /a\nCOPY --parents d/x /app/\n',
      {
        lock: 'rebuild: is taken by RUN --mount=type=bind,source=lock,target=/lock --mount=ty... (line 2), which only a build carries out',
        a: 'sync: goes to /a by COPY --link a /a (line 3)',
        'd/x': 'rebuild: is taken by COPY --parents d/x /app/ (line 4), which only a build carries out',
        other: 'nothing: is taken by no COPY or ADD',
      },
    ));

  it('is a build for other stages, sync for those that the last one starts from', () =>
    expectDecisions(
      'FROM base AS first\nCOPY a /a\nFROM base AS tools\nCOPY t /t\nFROM first\nCOPY --from=tools /t /t\nCOPY b /b\n',
      {
        a: 'sync: goes to /a by COPY a /a (line 2)',
        t: 'rebuild: is taken by COPY t /t (line 4), which goes into the stage tools',
        b: 'sync: goes to /b by COPY b /b (line 7)',
      },
    ));

  it('ignores what comes after the target stage', () =>
    expectDecisions(
      'FROM base AS dev\nCOPY a /a\nFROM dev\nCOPY b /b\n',
      {
        a: 'sync: goes to /a by COPY a /a (line 2)',
        b: 'nothing: is taken by no COPY or ADD',
      },
      { target: 'dev' },
    ));

  it('knows JSON form, blanks, variables, and where the base image starts', () =>
    expectDecisions(
      'ARG V=1\nFROM base\nARG DIR=x\nENV HOME_OF="/srv/my app"\nCOPY ["a b", "c d/"]\nCOPY e ${HOME_OF}/$DIR/\nCOPY f ${NOT:-g}\n',
      {
        'a b': 'sync: goes to /base/c d/a b by COPY ["a b", "c d/"] (line 5)',
        e: 'sync: goes to /srv/my app/y/e by COPY e ${HOME_OF}/$DIR/ (line 6)',
        f: 'sync: goes to /base/g by COPY f ${NOT:-g} (line 7)',
      },
      { buildArgs: { DIR: 'y' }, base: { workingDirectory: '/base', environment: {}, command: [] } },
    ));

  it('is a build for the Dockerfile, and for what ADD unpacks', () =>
    expectDecisions('FROM base\nADD data.tar.gz /data\nADD plain /plain\nADD http://example.com/x /x\n', {
      '/project/Dockerfile': 'rebuild: decides how the image is built',
      'data.tar.gz': 'rebuild: is taken by ADD data.tar.gz /data (line 2), which unpacks it',
      plain: 'sync: goes to /plain by ADD plain /plain (line 3)',
    }));

  it('gives a file to the user that --chown names', async () => {
    const { changes } = await planOf('FROM base\nARG U=1000\nCOPY --chown=$U:0 a /a\n', ['a']);
    assert.deepEqual(changes, [{ do: 'write', path: '/a', owner: '1000:0', name: 'a', isExecutable: false }]);
  });

  it('follows the last COPY if two put something at one path', () =>
    expectDecisions(
      'FROM base\nWORKDIR /app\nCOPY . .\nCOPY prod.json config.json\n',
      {
        'config.json': 'nothing: goes to /app/config.json by COPY . . (line 3), where prod.json is',
        'prod.json':
          'sync: goes to /app/prod.json by COPY . . (line 3), goes to /app/config.json by COPY prod.json config.json (line 4)',
      },
      { others: ['Dockerfile'] },
    ));

  it('is to sync the file of an earlier COPY when that of a later one is gone', async () => {
    const dockerfile = 'FROM base\nCOPY a /x\nCOPY b /x\n';
    const gone = await planOf(dockerfile, ['-b'], { others: ['a'] });
    assert.equal(gone.decisions[0]?.why, 'goes to /x by COPY b /x (line 3), where a is');
    assert.deepEqual(gone.changes, [
      { do: 'write', path: '/x', owner: undefined, name: 'a', isExecutable: false },
    ]);
    const hidden = await planOf(dockerfile, ['a'], { others: ['b'] });
    assert.deepEqual(hidden.changes, []);
  });

  it('puts a file into a destination that is a directory of the image', () =>
    expectDecisions(
      'FROM base\nRUN mkdir /conf\nCOPY a /conf\nCOPY b /file\nCOPY c /x/y/c\nCOPY d /x/y\n',
      {
        a: 'sync: goes to /conf/a by COPY a /conf (line 3)',
        b: 'sync: goes to /file by COPY b /file (line 4)',
        d: 'sync: goes to /x/y/d by COPY d /x/y (line 6)',
      },
      { isDirectory: path => path === '/conf' },
    ));

  it('takes wildcards as the builder does: of a directory the content, and no part of a path', () =>
    expectDecisions(
      'FROM base\nCOPY src/* /app/\nCOPY [a-c]?.txt **/x /t/\nCOPY [^d].md /m/\n',
      {
        'src/a.js': 'sync: goes to /app/a.js by COPY src/* /app/ (line 2)',
        'src/lib/b.js': 'sync: goes to /app/b.js by COPY src/* /app/ (line 2)',
        'b1.txt': 'sync: goes to /t/b1.txt by COPY [a-c]?.txt **/x /t/ (line 3)',
        'd1.txt': 'nothing: is taken by no COPY or ADD',
        x: 'nothing: is taken by no COPY or ADD',
        'any/x': 'sync: goes to /t/x by COPY [a-c]?.txt **/x /t/ (line 3)',
        'd.md': 'nothing: is taken by no COPY or ADD',
        'e.md': 'sync: goes to /m/e.md by COPY [^d].md /m/ (line 4)',
      },
      { others: ['src/', 'src/lib/', 'any/'] },
    ));

  it('follows a link that COPY names, and copies one that lies in a directory', () =>
    expectDecisions(
      'FROM base\nCOPY current/app /app\nCOPY dir /dir\n',
      {
        'v2/app/a': 'sync: goes to /app/a by COPY current/app /app (line 2)',
        'v1/app/a': 'nothing: is taken by no COPY or ADD',
        'current -> v2': 'rebuild: is a link that COPY current/app /app (line 2) follows',
        'dir/link -> a': 'sync: goes to /dir/link by COPY dir /dir (line 3)',
      },
      { others: ['v2/', 'v2/app/', 'dir/'] },
    ));

  it('knows quotes, the escape directive, and scopes of ARG', () =>
    expectDecisions(
      [
        '# escape=`',
        'ARG ROOT=/srv',
        'FROM base AS first',
        'ARG ROOT',
        'ARG SECRET=x',
        `ENV A='$ROOT' B="$ROOT/b" C=c`,
        'COPY "one" $A/',
        'COPY two $B/',
        'FROM first',
        'COPY three /three$ROOT$SECRET/',
        'COPY four /four`$C/',
      ].join('\n'),
      {
        one: 'sync: goes to /$ROOT/one by COPY "one" $A/ (line 7)',
        two: 'sync: goes to /srv/b/two by COPY two $B/ (line 8)',
        three: 'sync: goes to /three/three by COPY three /three$ROOT$SECRET/ (line 10)',
        four: 'sync: goes to /four$C/four by COPY four /four`$C/ (line 11)',
      },
    ));

  it('follows the ONBUILD instructions of the base image', async () => {
    const { instructions } = parseDockerfile('ONBUILD WORKDIR /on\nONBUILD COPY . .\nONBUILD RUN make\n');
    const triggers = instructions.flatMap(({ trigger }) => trigger ?? []);
    await expectDecisions(
      'FROM base\nCOPY late /late\n',
      { a: 'rebuild: is taken by COPY . . (ONBUILD of base), which feeds RUN make (ONBUILD of base)' },
      { base: { triggers } },
    );
    await expectDecisions('FROM base AS mine\nONBUILD COPY a /a\nFROM mine\nCOPY b /b\n', {
      a: 'sync: goes to /a by COPY a /a (ONBUILD of mine)',
    });
  });

  it('is to do nothing for a stage that the image takes nothing of', () =>
    expectDecisions(
      'FROM base AS test\nCOPY t /t\nFROM base AS deps\nCOPY d /d\nFROM base\nCOPY --from=deps /d /d\nCOPY b /b\n',
      {
        t: 'nothing: is taken by no COPY or ADD',
        d: 'rebuild: is taken by COPY d /d (line 4), which goes into the stage deps',
      },
    ));

  it('is a build where another stage puts something at the same place', () =>
    expectDecisions('FROM base AS web\nFROM base\nCOPY . /app\nCOPY --from=web /dist /app/dist\n', {
      'dist/a.js':
        'rebuild: goes to /app/dist/a.js by COPY . /app (line 3), where COPY --from=web /dist /app/dist (line 4) puts something too',
      'a.js': 'sync: goes to /app/a.js by COPY . /app (line 3)',
    }));
});
