import assert from 'node:assert/strict';
import type { Confirm } from '../../../../src/sync/service/pause.ts';
import type { Node } from '../../../../src/sync/tree/node.ts';
import { rulesOf } from '../../../support/deciding.ts';
import { openLiveService, type LiveService } from '../../../support/live-service.ts';
import { fileOf, ModelContainer } from '../../../support/model-container.ts';

const directory: Node = { kind: 'directory' };
const many = Array.from({ length: 20 }, (_, i) => `app/${i.toString()}`);

/** A service into which a rule of develop.watch syncs `app`, and what its container has. */
async function openWatched(
  confirm?: Confirm,
): Promise<{ readonly live: LiveService; readonly files: ReadonlyMap<string, Node> }> {
  const nodes = new Map<string, Node>([
    ['app', directory],
    ...many.map((name): [string, Node] => [name, fileOf('x')]),
  ]);
  const files = new Map<string, Node>([...nodes].map(([name, node]) => [`/${name}`, node]));
  const live = openLiveService({
    container: new ModelContainer('one', files),
    rules: await rulesOf('FROM busybox\n', { watch: [{ path: '/project/app', target: '/app' }] }),
    nodes,
    ...(confirm === undefined ? {} : { confirm }),
  });
  return { live, files };
}

describe('a safety stop', () => {
  it('rebuilds nothing while it holds, and what asks for a build is built once all is back', async () => {
    const nodes = new Map<string, Node>([
      ['Dockerfile', fileOf('one')],
      ['app', directory],
      ...many.map((name): [string, Node] => [name, fileOf('x')]),
    ]);
    const files = new Map<string, Node>([...nodes].slice(1).map(([name, node]) => [`/${name}`, node]));
    const causes: string[] = [];
    await using live = openLiveService({
      container: new ModelContainer('one', files),
      rules: await rulesOf('FROM busybox\nCOPY app /app\n'),
      nodes,
      onRebuild: cause => void causes.push(cause),
    });
    await live.next('in-sync');
    live.remove(many);
    await live.next('sync-paused');
    live.edit('Dockerfile', 'two');
    live.edit('app/small', 'small');
    await live.clock.until(() => assert.deepEqual(files.get('/app/small'), fileOf('small')));
    assert.deepEqual(causes, []);
    assert.equal([...files.keys()].length, 22);
    for (const name of many) live.edit(name, 'x');
    await live.next('sync-resumed');
    await live.clock.until(() => assert.deepEqual(causes, ['Dockerfile decides how the image is built']));
  });

  it('ends when another branch is checked out and left again, and what that branch had goes', async () => {
    const { live, files } = await openWatched();
    await using _live = live;
    await live.next('in-sync');
    live.remove(many);
    for (const name of ['app/first', 'app/second']) live.edit(name, 'of the branch');
    await live.next('sync-paused');
    await live.clock.until(() => assert.ok(files.has('/app/first') && files.has('/app/second')));
    for (const name of many) live.edit(name, 'x');
    live.remove(['app/first', 'app/second']);
    await live.next('sync-resumed');
    await live.clock.until(() =>
      assert.deepEqual([...files.keys()], ['/app', ...many.map(name => `/${name}`)]),
    );
  });

  it('that is confirmed while other edits are sent removes what is gone, and asks nothing again', async () => {
    const { live, files } = await openWatched(() => Promise.resolve(true));
    await using _live = live;
    await live.next('in-sync');
    live.edit('app/small', 'small');
    live.remove(many);
    await live.next('sync-resumed');
    assert.deepEqual([...files.keys()], ['/app', '/app/small']);
    assert.equal(live.events.filter(({ type }) => type === 'sync-paused').length, 1);
  });
});
