import assert from 'node:assert/strict';
import type { Node } from '../../../../src/sync/tree/node.ts';
import { rulesOf } from '../../../support/deciding.ts';
import { endlessProgram, openLiveService, type LiveService } from '../../../support/live-service.ts';
import { fileOf, ModelContainer } from '../../../support/model-container.ts';

describe('two services of one context', () => {
  it('are independent: an edit of one waits for no program of the other', async () => {
    const nodes = new Map<string, Node>([
      ['app', { kind: 'directory' }],
      ['app/a', fileOf('one')],
    ]);
    const exec = {
      command: ['make'],
      user: undefined,
      workingDirectory: undefined,
      environment: {},
      isPrivileged: false,
    };
    const open = async (service: string, action: 'sync' | 'sync+exec'): Promise<LiveService> =>
      openLiveService({
        service,
        nodes,
        container: new ModelContainer(service, new Map([...nodes].map(([name, node]) => [`/${name}`, node]))),
        rules: await rulesOf('FROM busybox\n', {
          watch: [{ action, path: '/project/app', target: '/app', ...(action === 'sync+exec' && { exec }) }],
        }),
        exec: () => Promise.resolve(endlessProgram()),
      });
    await using busy = await open('busy', 'sync+exec');
    await using quick = await open('quick', 'sync');
    await Promise.all([busy.next('in-sync'), quick.next('in-sync')]);
    busy.edit('app/a', 'two');
    await busy.next('command-started');
    quick.edit('app/a', 'three');
    await quick.next('synced');
    assert.equal(busy.events.filter(({ type }) => type === 'command-finished').length, 0);
  });
});
