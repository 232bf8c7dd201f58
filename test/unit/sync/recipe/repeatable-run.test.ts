import assert from 'node:assert/strict';
import { planBatch } from '../../../../src/sync/decide/plan-batch.ts';
import { parseRepeats } from '../../../../src/sync/recipe/repeatable-run.ts';
import { expectDecisions, planOf, rulesOf, toNode } from '../../../support/deciding.ts';

const app = 'FROM base\nWORKDIR /app\nCOPY . .\n';

describe('a command of a RUN', () => {
  for (const line of [
    'chmod +x start.sh',
    'chmod -R 755 /app && chown -R node:node /app',
    'set -ex; mkdir -p logs data; chgrp -R www .',
    'ln -sfn /app/start.sh /usr/bin/start && true',
  ])
    it(`is repeated on the synced paths alone if it is ${line}`, () => {
      assert.notEqual(parseRepeats({ line }, { directory: '/app', text: '' }), undefined);
    });

  for (const line of [
    "sed -i 's/a/b/' conf",
    'ln -s a b',
    'ln -sf a b',
    'chmod +x *.sh',
    'chmod +x $FILE',
    'chmod +x a || exit 0',
    'chmod +x a && npm install',
    'chmod +x a > log',
    'chmod +x `ls`',
    'mkdir logs',
    'chmod +t a',
    'chown -h node a',
    'cp a b',
    '',
  ])
    it(`is a build where it is ${line === '' ? 'empty' : line}`, () => {
      assert.equal(parseRepeats({ line }, { directory: '/app', text: '' }), undefined);
    });
});

describe('an edit of what a COPY takes before commands that may be done again', () => {
  it('is synced, and what they set is set on it alone', async () => {
    await expectDecisions(`${app}RUN chmod +x start.sh\nRUN chown -R node:node /app\n`, {
      'page.html':
        'sync: goes to /app/page.html by COPY . . (line 3), then RUN chown -R node:node /app (line 5) on it alone',
      'start.sh':
        'sync: goes to /app/start.sh by COPY . . (line 3), then RUN chmod +x start.sh (line 4) on it alone, then RUN chown -R node:node /app (line 5) on it alone',
    });
    const { changes } = await planOf(`${app}RUN chmod 750 start.sh && chown node start.sh\n`, ['start.sh']);
    const ownerChanges = [{ program: 'chown', value: 'node' }];
    assert.deepEqual(changes, [
      {
        do: 'write',
        path: '/app/start.sh',
        owner: undefined,
        mode: 0o750,
        ownerChanges,
        name: 'start.sh',
        isExecutable: true,
      },
    ]);
  });

  it('is no difference where the container has just the mode that they set', async () => {
    const [name, node] = toNode('start.sh');
    const rules = await rulesOf(`${app}RUN chmod +x start.sh\n`);
    const applied = new Map([['/app/start.sh', { ...node, isExecutable: true }]]);
    const { changes } = planBatch(rules, {
      dirty: new Map([[name, node]]),
      nodes: new Map([[name, node]]),
      applied,
    });
    assert.deepEqual(changes, []);
  });

  it('is a build where the command would fail or do something else', () =>
    expectDecisions(
      `${app}RUN chmod +x start.sh && ln -sfn /data cache && mkdir -p logs\n`,
      {
        '-start.sh':
          'rebuild: is taken by COPY . . (line 3), which feeds RUN chmod +x start.sh && ln -sfn /data cache && mkdir -p ... (line 4)',
        'cache/':
          'rebuild: is taken by COPY . . (line 3), which feeds RUN chmod +x start.sh && ln -sfn /data cache && mkdir -p ... (line 4)',
        logs: 'rebuild: is taken by COPY . . (line 3), which feeds RUN chmod +x start.sh && ln -sfn /data cache && mkdir -p ... (line 4)',
      },
      { others: ['start.sh-other'] },
    ));

  it('is a build where a link of the context leads to what they change', () =>
    expectDecisions(
      `${app}RUN chmod +x start.sh\n`,
      {
        'page.html': 'rebuild: is taken by COPY . . (line 3), which feeds RUN chmod +x start.sh (line 4)',
      },
      { others: ['start.sh -> page.html'] },
    ));
});

describe('an edit of what reaches the image by way of another stage', () => {
  const stages = (then: string, last: string): string =>
    `FROM base AS build\nWORKDIR /build\nCOPY package.json .\nRUN npm ci\nCOPY . .\n${then}FROM base\nWORKDIR /app\n${last}\n`;

  it('is synced where it passes through after the last RUN of that stage, and a build where a RUN sees it', () =>
    expectDecisions(stages('', 'COPY --from=build /build .'), {
      'package.json': 'rebuild: is taken by COPY package.json . (line 3), which goes into the stage build',
      'server.js':
        'sync: goes to /app/server.js by COPY . . (line 5) and COPY --from=build /build . (line 8)',
    }));

  it('is synced to where the second COPY puts it, by its owner, and nowhere where that does not take it', () =>
    expectDecisions(
      stages('', 'COPY --from=build --chown=7:8 /build/dist/web /srv/'),
      {
        'dist/web/a':
          'sync: goes to /srv/a by COPY . . (line 5) and COPY --from=build --chown=7:8 /build/dist/web /srv/ (line 8)',
        'dist/b': 'nothing: is taken by no COPY or ADD',
      },
      { others: ['dist/', 'dist/web/'] },
    ));

  it('is a build where the stage goes on to work on it', async () => {
    const rebuild = {
      'server.js': 'rebuild: is taken by COPY . . (line 5), which goes into the stage build',
    };
    await expectDecisions(stages('RUN make\n', 'COPY --from=build /build .'), rebuild);
    await expectDecisions(stages('', 'COPY --from=build /build/*.js ./'), rebuild);
  });

  it('is a build where it is gone, as only the stage tells what it has covered', async () => {
    const rules = await rulesOf(stages('', 'COPY --from=build /build .'));
    const [name, node] = toNode('server.js');
    const { uncovered, changes } = planBatch(rules, {
      dirty: new Map([[name, node]]),
      nodes: new Map(),
      applied: new Map([['/app/server.js', node]]),
    });
    assert.deepEqual(uncovered, [{ name: 'server.js', path: '/app/server.js', copiesAfter: 'unknown' }]);
    assert.equal(changes.length, 1);
  });
});
