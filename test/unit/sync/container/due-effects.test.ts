import assert from 'node:assert/strict';
import { DueEffects } from '../../../../src/sync/container/due-effects.ts';
import type { Replay } from '../../../../src/sync/recipe/copy-step.ts';
import { rulesOf } from '../../../support/deciding.ts';

const replayOf = (text: string): Replay => ({
  text,
  command: ['/bin/sh', '-c', text],
  user: undefined,
  workingDirectory: undefined,
  environment: {},
  isPrivileged: false,
  isPartOfImage: true,
});
const rules = await rulesOf('FROM busybox\n');
const make = replayOf('make');
const test = replayOf('test');

describe('effects that are due in a container', () => {
  it('are each due once, however many batches ask for them', () => {
    const effects = new DueEffects();
    effects.note({ replays: [make], restart: undefined }, rules);
    effects.note({ replays: [{ ...make }, test], restart: 'a.js changed' }, rules);
    assert.deepEqual(
      effects.replays.map(({ text }) => text),
      ['make', 'test'],
    );
    assert.ok(effects.isRestartDue);
  });

  it('are pending until they are done, without the text of commands', () => {
    const effects = new DueEffects();
    assert.equal(effects.listPending('one'), undefined);
    effects.note({ replays: [make], restart: 'a.js changed' }, rules);
    const pending = effects.listPending('one');
    assert.deepEqual([pending?.container, pending?.restarts, pending?.commands.length], ['one', true, 1]);
    assert.doesNotMatch(JSON.stringify(pending), /make/);
    effects.noteRan(effects.replays[0] ?? make);
    effects.noteRestarted();
    assert.equal(effects.listPending('one'), undefined);
  });

  it('stop a program only if a plan runs it again or asks for a build', () => {
    const isStoppedBy = (plan: Parameters<DueEffects['interrupt']>[0]): boolean => {
      const effects = new DueEffects();
      const stop = effects.beginRun(make);
      effects.interrupt(plan);
      return stop.aborted;
    };
    assert.ok(isStoppedBy(undefined));
    assert.ok(isStoppedBy({ replays: [make], rebuild: undefined }));
    assert.ok(isStoppedBy({ replays: [], rebuild: 'Dockerfile decides how the image is built' }));
    assert.ok(!isStoppedBy({ replays: [test], rebuild: undefined }));
  });
});
