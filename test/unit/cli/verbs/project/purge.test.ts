import assert from 'node:assert/strict';
import { purge } from '../../../../../src/cli/verbs/project/purge.ts';
import type { ReachedEngine } from '../../../../../src/reach/engine/reached-engine.ts';
import { composeLabels, ourLabels } from '../../../../../src/release/desired/labels.ts';
import { stableId } from '../../../../../src/supervisor/target/stable-id.ts';
import { renderPurged } from '../../../../../src/ui/answers/purge.ts';
import { LockableEngine } from '../../../../support/lockable-engine.ts';

describe('os purge', () => {
  const purgeOn = (engine: LockableEngine): ReturnType<typeof purge> =>
    purge(
      {
        signal: new AbortController().signal,
        note: text => assert.fail(text),
        reach: () =>
          Promise.resolve({
            engine: Object.assign(engine.asEngine(), { [Symbol.asyncDispose]: () => Promise.resolve() }),
            name: 'kitchen',
          } as unknown as ReachedEngine),
        readProject: () => assert.fail('its name is given'),
        confirm: () => Promise.resolve(),
      },
      {
        target: {} as Parameters<typeof purge>[1]['target'],
        project: { projectName: 'shop' } as Parameters<typeof purge>[1]['project'],
        onlyLeftovers: false,
      },
    );

  it('names the data that the project had under the supervisor, which stays, and how to remove it', async () => {
    const engine = new LockableEngine();
    const id = stableId('app shop').toString();
    const Labels = { [composeLabels.project]: 'shop', [ourLabels.made]: '1' };
    await engine.createVolume({ Name: 'shop_data', Labels });
    await engine.createVolume({ Name: `${id}_data`, Labels: { 'io.balena.supervised': 'true' } });
    await engine.createVolume({ Name: '1_data', Labels: { 'io.balena.supervised': 'true' } });
    const notes = [
      `left, its data under the supervisor: ${id}_data; \`os down DEVICE --project shop --volumes\` removes all of its data`,
    ];
    assert.deepEqual(renderPurged(await purgeOn(engine)), { text: 'removed volume shop_data\n', notes });
    assert.deepEqual(renderPurged(await purgeOn(engine)), {
      text: 'the project shop has no volumes of the engine to remove on the device\n',
      notes,
    });
    assert.deepEqual([...engine.volumes.keys()], [`${id}_data`, '1_data']);
    await engine.removeVolume(`${id}_data`);
    assert.deepEqual(renderPurged(await purgeOn(engine)), {
      text: 'the project shop has no volumes to remove on the device\n',
      notes: [],
    });
  });
});
