import assert from 'node:assert/strict';
import type { Engine } from '../../../../src/engine/engine.ts';
import { Container } from '../../../../src/sync/container/container.ts';
import { isSettled, leavingOf, nextState, type State } from '../../../../src/sync/service/state.ts';

const unused = (): never => {
  throw new Error('no transition touches the container');
};
const container = new Container(
  { id: 'one', imageId: 'image', state: 'running' },
  { engine: {} as Engine, openSource: unused, openTransport: unused, onNotice: unused },
);
const states: readonly State[] = [
  { is: 'sources-away' },
  { is: 'held' },
  { is: 'attaching' },
  { is: 'detached', cause: 'it has no container' },
  { is: 'comparing', container },
  { is: 'syncing', container },
  { is: 'in-sync' },
  { is: 'paused' },
  { is: 'out-of-reach' },
  { is: 'refused' },
];
const free = { areSourcesAway: false, isHeld: false };

describe('the state of a service in a live session', () => {
  it('becomes `sources-away` from every state while the sources are away, whether it is held or not', () => {
    for (const state of states)
      for (const isHeld of [true, false])
        assert.equal(nextState(state, { areSourcesAway: true, isHeld }).is, 'sources-away');
  });

  it('becomes `held` from every state while a build holds it', () => {
    for (const state of states) assert.equal(nextState(state, { ...free, isHeld: true }).is, 'held');
  });

  it('goes on with the pass after the container was found and after it was compared', () => {
    for (const state of [
      { is: 'comparing', container },
      { is: 'syncing', container },
    ] as const) {
      assert.equal(leavingOf(state), 'next-step');
      assert.equal(nextState(state, free), state);
    }
  });

  it('begins a pass by finding the container, after every other state', () => {
    for (const state of states.filter(it => leavingOf(it) !== 'next-step'))
      assert.equal(nextState(state, free).is, 'attaching');
  });

  it('is left at once if a pass is out of date, after a while if the device is out of reach, else by news', () => {
    const leaving = Object.fromEntries(states.map(it => [it.is, leavingOf(it)]));
    assert.deepEqual(leaving, {
      'sources-away': 'news',
      held: 'news',
      attaching: 'next-pass',
      detached: 'news',
      comparing: 'next-step',
      syncing: 'next-step',
      'in-sync': 'news',
      paused: 'news',
      'out-of-reach': 'retry',
      refused: 'news',
    });
  });

  it('is settled once a pass has ended without a failure', () => {
    assert.deepEqual(
      states.filter(isSettled).map(({ is }) => is),
      ['detached', 'in-sync', 'paused'],
    );
  });
});
