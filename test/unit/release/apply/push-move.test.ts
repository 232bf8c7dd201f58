import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { engineRunner } from '../../../../src/release/apply/engine-runner.ts';
import { push } from '../../../../src/release/apply/push.ts';
import type { BuildMemory } from '../../../../src/release/build/build-memory.ts';
import { ourLabels } from '../../../../src/release/desired/labels.ts';
import { project, service } from '../../../support/composition.ts';
import { LockableEngine } from '../../../support/lockable-engine.ts';
import { openTestTagRecords } from '../../../support/push-in-process.ts';

describe('a push that moves a project', () => {
  it('ends the move where another command has taken its lock meanwhile', async () => {
    const engine = new LockableEngine();
    engine.addImage('busybox');
    const leaveRunner = async (signal: AbortSignal): Promise<void> => {
      const [lock = assert.fail('no lock is held')] = [...engine.volumes.keys()];
      engine.volumes.set(lock, { name: lock, labels: { [ourLabels.lock]: 'of another' } });
      engine.dropListeners();
      await setTimeout(5000, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
      assert.fail('the move goes on');
    };
    const pushing = push(
      {
        ...{ project: project([service('web')], { volumes: [] }), services: [], extent: 'all', leaveRunner },
        ...{ isCacheUsed: true, isPulled: false, removesOrphans: false },
      },
      {
        engine: engine.asEngine(),
        address: 'kitchen',
        logins: () => Promise.resolve({}),
        readFreeBytes: () => Promise.resolve(undefined),
        engineSocket: '/run/engine.sock',
        memory: {} as BuildMemory,
        local: {
          docker: () => assert.fail('nothing is built'),
          unzstd: () => assert.fail('nothing is unpacked'),
          tagRecords: openTestTagRecords(),
        },
        report: () => undefined,
        signal: new AbortController().signal,
      },
      engineRunner,
    );
    await assert.rejects(pushing, { code: 'busy', message: /while this one was cut off$/ });
    assert.ok(!engine.calls.includes('create shop-web-1'));
  });
});
