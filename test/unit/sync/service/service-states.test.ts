import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import type { State } from '../../../../src/sync/service/state.ts';
import type { Node } from '../../../../src/sync/tree/node.ts';
import { rulesOf } from '../../../support/deciding.ts';
import { openLiveService, type LiveService, type LiveServiceOptions } from '../../../support/live-service.ts';
import { fileOf, ModelContainer } from '../../../support/model-container.ts';

const directory: Node = { kind: 'directory' };
const names = ['a', ...Array.from({ length: 20 }, (_, i) => i.toString())].map(it => `app/${it}`);

const sourcesOf = (): Map<string, Node> =>
  new Map([['app', directory], ...names.map((name): [string, Node] => [name, fileOf('one')])]);

const containerOf = (id: string): ModelContainer =>
  new ModelContainer(id, new Map([...sourcesOf()].map(([name, node]) => [`/${name}`, node])));

const open = async (options: Partial<LiveServiceOptions> = {}): Promise<LiveService> =>
  openLiveService({
    container: containerOf('one'),
    rules: await rulesOf('FROM busybox\nCOPY app /app\nCMD ["app"]\n'),
    nodes: sourcesOf(),
    ...options,
  });

const becomes = (live: LiveService, is: State['is']): Promise<void> =>
  live.clock.until(() => assert.equal(live.session.state.is, is));

describe('a service in a live session', () => {
  it('is in sync once its container was compared, and again after every edit', async () => {
    await using live = await open();
    await becomes(live, 'in-sync');
    live.edit('app/a', 'two');
    await live.next('restarted');
    await becomes(live, 'in-sync');
    assert.deepEqual(live.container?.files.get('/app/a'), fileOf('two'));
  });

  it('is detached as long as it has no container, and notices the next one', async () => {
    await using live = await open();
    await becomes(live, 'in-sync');
    assert.equal(live.session.isContainerGone, false);
    live.container = undefined;
    live.session.handleConnectionEvent();
    await becomes(live, 'detached');
    assert.equal(live.session.isContainerGone, true);
    live.container = containerOf('two');
    live.session.handleContainerEvent('two', 'start');
    await becomes(live, 'in-sync');
    assert.equal(live.session.isContainerGone, false);
  });

  it('is out of reach after a lost connection, and tries again by itself', async () => {
    await using live = await open();
    await becomes(live, 'in-sync');
    const { container } = live;
    assert.ok(container !== undefined);
    container.changesLeft = 0;
    live.edit('app/a', 'two');
    await becomes(live, 'out-of-reach');
    assert.deepEqual(container.files.get('/app/a'), fileOf('one'));
    container.changesLeft = Infinity;
    await becomes(live, 'in-sync');
    assert.deepEqual(container.files.get('/app/a'), fileOf('two'));
  });

  it('does nothing while its sources are away, and syncs what changed once they are back', async () => {
    await using live = await open();
    await becomes(live, 'in-sync');
    live.session.waitFor('/project is away');
    live.session.handleContainerEvent('one', 'start');
    await becomes(live, 'sources-away');
    live.edit('app/a', 'two');
    await becomes(live, 'in-sync');
    assert.deepEqual(live.container?.files.get('/app/a'), fileOf('two'));
  });

  it('syncs nothing while a build holds it', async () => {
    await using live = await open();
    await becomes(live, 'in-sync');
    live.session.hold();
    live.edit('app/a', 'two');
    await becomes(live, 'held');
    assert.deepEqual(live.container?.files.get('/app/a'), fileOf('one'));
    live.session.release(undefined, undefined);
    await becomes(live, 'in-sync');
    assert.deepEqual(live.container.files.get('/app/a'), fileOf('two'));
  });

  it('is paused while most of its files are gone', async () => {
    await using live = await open();
    await becomes(live, 'in-sync');
    live.remove(names);
    await becomes(live, 'paused');
    for (const name of names) live.edit(name, 'one');
    await becomes(live, 'in-sync');
  });

  it('carries out nothing in a container that was due in the one before it', async () => {
    let restarts = 0;
    const restart = (): Promise<void> => {
      restarts += 1;
      return Promise.reject(new OsError('engine-refused', 'it cannot be restarted'));
    };
    await using live = await open({ restart });
    await becomes(live, 'in-sync');
    live.edit('app/a', 'two');
    await becomes(live, 'refused');
    assert.ok(live.session.pending?.restarts === true);
    const next = containerOf('two');
    next.files.set('/app/a', fileOf('two'));
    live.container = next;
    live.session.handleContainerEvent('two', 'start');
    await becomes(live, 'in-sync');
    assert.equal(restarts, 1);
    assert.equal(live.session.pending, undefined);
  });
});
