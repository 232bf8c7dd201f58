import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../../../src/core/clock.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { openTransport } from '../../../src/sync/container/open-transport.ts';
import { ServiceSession } from '../../../src/sync/service/service-session.ts';
import { openContextWatch } from '../../../src/sync/watch/open-context-watch.ts';
import { rulesOf } from '../../support/deciding.ts';
import { eventually } from '../../support/eventually.ts';
import { openExec, shells } from '../../support/local-shell.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';
import { contextIn } from '../../support/watched-context.ts';

const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web', 'os.made': '1' };
const [shell = ['sh']] = shells;

/** Larger than what is kept in memory after it was read. */
const content = Buffer.alloc(700_000, 'new ');

describe('a file that a program writes again, with the same content, while it is sent', () => {
  for (const [how, begin] of [
    ['in place', (file: string) => writeFile(file, '')],
    ['after it was deleted', (file: string) => rm(file)],
  ] as const)
    it(`is in the container in the end, if it is written ${how}`, async () => {
      await using temp = await openTempDirectory();
      const [from, to] = [path.join(temp.path, 'from'), path.join(temp.path, 'to')];
      await mkdir(from);
      await mkdir(to);
      await writeFile(path.join(from, 'bundle.js'), content);
      await writeFile(path.join(to, 'bundle.js'), 'old');
      const watch = await openContextWatch(contextIn(from), {
        clock: systemClock,
        onWarning: message => assert.fail(message),
      });
      const summary = {
        id: '1',
        imageId: 'sha256:1',
        state: 'running',
        createdS: 1,
        name: 'shop-web-1',
        labels,
      };
      const engine: Partial<Engine> = {
        where: 'here',
        listContainers: () => Promise.resolve([summary as never]),
        getContainer: () => Promise.resolve({ user: '', mounts: [] } as never),
        openExec: (_, { command }) => Promise.resolve(openExec(shell, command).exec),
        restartContainer: () => Promise.resolve(),
        findImage: () => Promise.resolve(undefined),
        tagImage: () => Promise.resolve(),
        removeImage: () => Promise.resolve(),
      };
      let rewriting: Promise<void> | undefined;
      const stop = new AbortController();
      const session = new ServiceSession({
        engine: engine as Engine,
        project: 'shop',
        service: 'web',
        stopGraceMs: undefined,
        rules: { ...(await rulesOf(`FROM base\nCOPY . ${to}/\n`)), contextDirectory: from },
        nodes: watch.tree.nodes,
        clock: systemClock,
        confirm: undefined,
        openTransport,
        openSource: async name => {
          const file = path.join(from, name);
          const isFirst = rewriting === undefined;
          if (isFirst) await begin(file);
          const opened = await watch.tree.openContent(name);
          if (isFirst) rewriting = writeFile(file, content);
          return opened;
        },
        onNewNames: () => undefined,
        onOtherSent: name => watch.reread(name),
        onRebuild: cause => assert.fail(cause),
        report: () => undefined,
      });
      const running = [
        watch.run({ onBatch: (changed, startedMs) => session.add(changed, startedMs) }, stop.signal),
        session.run(stop.signal),
      ];
      try {
        await eventually(async () => {
          const synced = await readFile(path.join(to, 'bundle.js'));
          assert.ok(synced.equals(content), `it has ${synced.length.toString()} bytes`);
        }, 5000);
      } finally {
        stop.abort(new Error('over'));
        await Promise.allSettled(running);
        await rewriting;
        watch[Symbol.dispose]();
      }
    });
});
