import assert from 'node:assert/strict';
import type { WatchRule } from '../../../../src/project/service.ts';
import type { PendingEffects } from '../../../../src/sync/container/pending-effects.ts';
import type { Node } from '../../../../src/sync/tree/node.ts';
import { rulesOf } from '../../../support/deciding.ts';
import {
  endlessProgram,
  openLiveService,
  programOf,
  type LiveServiceOptions,
} from '../../../support/live-service.ts';
import { fileOf, ModelContainer } from '../../../support/model-container.ts';

const exec = {
  command: ['make'],
  user: undefined,
  workingDirectory: undefined,
  environment: {},
  isPrivileged: false,
};
const rule = (action: WatchRule['action']): Partial<WatchRule> => ({
  action,
  path: '/project/app',
  target: '/app',
  ...(action === 'sync+exec' && { exec }),
});

/** Edits a file, interrupts the session as soon as `event` comes, and returns what is left to do. */
async function interrupt(
  action: WatchRule['action'],
  event: 'restarting' | 'command-started',
): Promise<{ options: LiveServiceOptions; pending: PendingEffects }> {
  const nodes = new Map<string, Node>([
    ['app', { kind: 'directory' }],
    ['app/a', fileOf('one')],
  ]);
  const files = new Map<string, Node>([
    ['/app', { kind: 'directory' }],
    ['/app/a', fileOf('one')],
  ]);
  const rules = await rulesOf('FROM busybox\n', { watch: [rule(action)] });
  const options = { container: new ModelContainer('one', files), rules, nodes };
  await using live = openLiveService({
    ...options,
    restart: signal =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error))),
    exec: () => Promise.resolve(endlessProgram()),
  });
  await live.next('in-sync');
  live.edit('app/a', 'two');
  await live.next(event);
  assert.deepEqual(files.get('/app/a'), fileOf('two'));
  await live[Symbol.asyncDispose]();
  assert.ok(live.session.pending !== undefined);
  return { options, pending: live.session.pending };
}

describe('a session that is interrupted between a sync and what makes it take effect', () => {
  it('leaves the restart of the service to the next session', async () => {
    const { options, pending } = await interrupt('sync+restart', 'restarting');
    await using next = openLiveService({ ...options, prepare: session => session.addPending(pending) });
    await next.next('restarted');
    assert.equal(next.session.pending, undefined);
  });

  it('leaves a command that was cut off to the next session', async () => {
    const { options, pending } = await interrupt('sync+exec', 'command-started');
    assert.equal(pending.restarts, false);
    await using next = openLiveService({
      ...options,
      exec: () => Promise.resolve(programOf('os:\nmade\n')),
      prepare: session => session.addPending(pending),
    });
    assert.deepEqual((await next.next('command-finished')).output, ['made']);
    assert.equal(next.session.pending, undefined);
  });

  it('leaves nothing to the next session if the container has been replaced since', async () => {
    const { options, pending } = await interrupt('sync+restart', 'restarting');
    const container = new ModelContainer('another', options.container.files);
    await using next = openLiveService({
      ...options,
      container,
      prepare: session => session.addPending(pending),
    });
    await next.next('in-sync');
    assert.deepEqual(
      next.events.map(({ type }) => type).filter(type => type !== 'decision'),
      ['in-sync'],
    );
  });
});
