import assert from 'node:assert/strict';
import type { OsError } from '../../../../src/core/errors.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import {
  findPresentRunner,
  moveNote,
  planMove,
  refuseMove,
  type Move,
} from '../../../../src/release/move/move-runner.ts';
import { toWholeMove } from '../../../../src/release/move/whole-move.ts';
import { after, project, service } from '../../../support/composition.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';

describe('the services of a project that moves between the engine and the supervisor', () => {
  const shop = project([service('db'), service('web', { dependsOn: [after('db')] }), service('job')]);
  const { signal } = new AbortController();

  /** Plans the move of what runs on the device, by a push of `names`. */
  async function move(running: readonly string[], names: readonly string[]): Promise<Move> {
    const engine = new FakeEngine();
    engine.addImage('busybox');
    for (const name of running)
      await engine.createContainer(`shop-${name}-1`, {
        Image: 'busybox',
        Labels: {
          [composeLabels.project]: 'shop',
          [composeLabels.service]: name,
          ...(name === 'theirs' ? {} : { [ourLabels.made]: '1' }),
        },
        HostConfig: {},
      });
    const present = await findPresentRunner(engine.asEngine(), 'shop', signal);
    const planned = planMove('shop', present, 'supervisor') ?? assert.fail('it stays');
    return toWholeMove(planned, present, shop, names);
  }

  it('are not moved by a push of some of them, which would lose the others that run', async () => {
    await assert.rejects(move(['db', 'web', 'job'], ['web']), (error: OsError) => {
      assert.equal(error.code, 'usage');
      assert.equal(error.message, 'shop is moved to the supervisor as a whole, and this push leaves out job');
      assert.equal(error.hint, 'leave out --service; a later push may have it again');
      return true;
    });
    await move(['db', 'web'], ['web']);
    await move(['db', 'web', 'job'], []);
  });

  it('that the project does not have are said to be removed by it, unless others made them', async () => {
    const planned = await move(['web', 'old', 'theirs'], []);
    const removed = 'old is removed, as the project has no such service';
    assert.equal(moveNote(planned), `shop is to be moved from the engine to the supervisor; ${removed}`);
    assert.equal(
      refuseMove(planned).message,
      `shop runs under the engine, and would be moved to the supervisor; ${removed}`,
    );
  });
});
