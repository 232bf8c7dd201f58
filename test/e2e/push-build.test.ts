import assert from 'node:assert/strict';
import { appendFile, chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { upTimeoutMs, useDevice } from '../support/emulated-device.ts';
import { eventsOf, startOs, type PushLine } from '../support/pushing.ts';
import type { Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

describe('os build', function () {
  this.timeout(upTimeoutMs);
  const device = useDevice();
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async () => {
    home = await openTempDirectory();
  });
  after(async () => {
    await home[Symbol.asyncDispose]();
  });

  const run = (directory: string, ...flags: string[]): Promise<Ended> =>
    startOs(['build', device().address, '--source', directory, ...flags], home.path, {
      XDG_CACHE_HOME: home.path,
    }).ended;
  const build = async (directory: string, ...flags: string[]): Promise<PushLine[]> => {
    const ended = await run(directory, '--json', ...flags);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    return eventsOf(ended);
  };

  /** The numbers of the steps that the plan says run again, and of those that the engine did not take from its cache. */
  function compare(events: readonly PushLine[], unprobed: readonly number[]): [number[], number[], string[]] {
    const planned = events.find(event => event.type === 'planned');
    const reruns = planned?.plan.images.flatMap(image => image.reruns ?? []) ?? [];
    const predicted = reruns.flatMap(({ step, further }) =>
      Array.from({ length: further + 1 }, (_, i) => step + i),
    );
    const cached = events.flatMap(event => (event.type === 'build-cached' ? [event.step] : []));
    const run = events.flatMap(event =>
      event.type === 'build-step' && !cached.includes(event.step) && !unprobed.includes(event.step)
        ? [event.step]
        : [],
    );
    return [predicted, run, reruns.map(({ instruction, cause }) => `${instruction}: ${cause}`)];
  }

  it('tells before it uploads which steps will run again and because of which file, and the engine agrees', async () => {
    await using project = await openTempDirectory();
    const dockerfile = (line: string): string =>
      [
        'ARG BASE=busybox',
        'FROM $BASE AS tools',
        'COPY tools /tools',
        'RUN cat /tools/* > /all',
        'FROM $BASE',
        'ARG VERSION=1',
        'WORKDIR /app',
        'COPY package.json *.lock ./',
        'RUN echo $VERSION \\',
        '  # of the packages',
        '  && cat package.json',
        'ENV DIRECTORY=src',
        'COPY $DIRECTORY/ ./$DIRECTORY/',
        'COPY --from=tools /tools /tools',
        line,
        'COPY . .',
        'CMD ["sleep", "1000"]',
        '',
      ].join('\n');
    await makeTree(project.path, {
      '.dockerignore': 'Dockerfile\n.dockerignore\n*.log\n',
      Dockerfile: dockerfile('RUN true'),
      'package.json': '{}',
      'a.lock': '1',
      'src/a.js': 'a',
      'src/deep/b.js': 'b',
      'tools/t': 't',
    });
    const unprobed = [1, 2, 5];
    await build(project.path);
    const file = (name: string): string => path.join(project.path, name);
    const edits: [() => Promise<unknown>, string[], string[]?][] = [
      [() => writeFile(file('src/a.js'), 'aa'), ['COPY $DIRECTORY/ ./$DIRECTORY/: src/a.js changed']],
      [() => writeFile(file('notes.txt'), 'n'), ['COPY . .: notes.txt changed']],
      [() => appendFile(file('a.lock'), '2'), ['COPY package.json *.lock ./: a.lock changed']],
      [
        () => writeFile(file('Dockerfile'), dockerfile('RUN echo other')),
        ['RUN echo other: the Dockerfile changed here'],
      ],
      [() => chmod(file('src/deep/b.js'), 0o755), ['COPY $DIRECTORY/ ./$DIRECTORY/: src/deep/b.js changed']],
      [
        () => Promise.resolve(),
        ['RUN echo $VERSION   && cat package.json: build argument VERSION changed'],
        ['--build-arg', 'VERSION=2'],
      ],
      [() => writeFile(file('src/a.js'), 'a'), ['COPY $DIRECTORY/ ./$DIRECTORY/: src/a.js changed']],
    ];
    for (const [edit, causes, flags = []] of edits) {
      await edit();
      const [predicted, run, told] = compare(await build(project.path, ...flags), unprobed);
      assert.deepEqual(predicted, run, told.join('\n'));
      assert.deepEqual(told, causes);
    }
    // What was there before is still in the engine's cache.
    await writeFile(file('src/a.js'), 'aa');
    await writeFile(file('Dockerfile'), dockerfile('RUN true'));
    await chmod(file('src/deep/b.js'), 0o644);
    const [predicted, run] = compare(await build(project.path), unprobed);
    assert.deepEqual(predicted, run);
    await writeFile(file('tools/t'), 'tt');
    const dry = await startOs(['plan', device().address, '--source', project.path], home.path, {
      XDG_CACHE_HOME: home.path,
    }).ended;
    assert.match(
      dry.stdout,
      /\n {2}step 3 COPY tools \/tools runs again: tools\/t changed; so does the one after it\n/,
    );
    assert.match(
      dry.stdout,
      /\n {2}step 12 COPY --from=tools \/tools \/tools may run again: stage tools is made anew; so do the 3 after it\n/,
    );
    assert.deepEqual(...(compare(await build(project.path), unprobed).slice(0, 2) as [number[], number[]]));
  });
});
