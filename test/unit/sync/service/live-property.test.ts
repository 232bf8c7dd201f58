import assert from 'node:assert/strict';
import type { Node } from '../../../../src/sync/tree/node.ts';
import { LiveScene } from '../../../support/live-scene.ts';
import type { Files } from '../../../support/model-container.ts';
import { randomFrom } from '../../../support/random-edits.ts';

const rounds = Number(process.env['LIVE_ROUNDS'] ?? 300);
const sorted = (files: Files): [string, Node][] => [...files].sort(([a], [b]) => (a < b ? -1 : 1));

describe('a container in memory', function () {
  this.timeout(120_000 + rounds * 400);
  const seed = Number(process.env['LIVE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

  it(`has what its sources have after ${rounds.toString()} rounds of edits, swaps, rules, pauses, builds and lost connections, and everything else untouched (LIVE_SEED=${seed.toString()})`, async () => {
    const random = randomFrom(seed);
    let scene = new LiveScene(random);
    await scene.start();
    const done: string[] = [];
    const isInSync = (): void => {
      assert.deepEqual(sorted(scene.found()), sorted(scene.expected()));
      assert.deepEqual(scene.bystanders, []);
      assert.ok(scene.container.openWays <= 1, 'several ways into the container are open');
    };
    let pauses = 0;
    let rebuilds = 0;
    try {
      for (let round = 0; round < rounds; round++) {
        // A new scene now and then, so that the sources are not worn down to nothing.
        if (round % 25 === 24) {
          rebuilds += scene.rebuilds;
          await scene.end();
          scene = new LiveScene(random);
          await scene.start();
          done.length = 0;
        }
        if (random(4) === 0) scene.loseConnection(random(6));
        if (random(3) > 0) {
          done.push('edits');
          scene.sources.editSome(1 + random(8));
          await scene.settle(() => {
            if (!scene.isPaused) isInSync();
          });
        } else {
          scene.sources.fill();
          await scene.settle(isInSync);
          const bringBack = scene.sources.swapAway();
          await scene.settle(() => undefined);
          if (random(2) === 0) scene.sources.editSome(random(3));
          await scene.settle(() => undefined);
          const isAnswered = scene.isPaused && random(3) === 0;
          if (scene.isPaused) pauses += 1;
          if (scene.isPaused && !isAnswered) {
            bringBack(0.7);
            await scene.settle(() => undefined);
            await scene.settle(() => undefined);
            assert.ok(scene.isPaused, 'a pause ends before all is back');
          }
          done.push(isAnswered ? 'a swap that was meant' : 'a swap and back');
          if (isAnswered) scene.confirm();
          else bringBack(1);
        }
        if (scene.isPaused && random(2) === 0) scene.confirm();
        await scene.settle(() => {
          if (scene.isPaused) scene.confirm();
          isInSync();
        });
      }
    } catch (error) {
      throw new Error(
        `after ${done.join(', ')}\n${scene.events
          .slice(-12)
          .map(it => JSON.stringify(it))
          .join('\n')}`,
        {
          cause: error,
        },
      );
    } finally {
      await scene.end();
    }
    assert.ok(
      rounds < 300 || (pauses > 5 && rebuilds > 5),
      `${pauses.toString()} pauses, ${rebuilds.toString()} builds`,
    );
  });
});
