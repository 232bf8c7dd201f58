import assert from 'node:assert/strict';
import type { Decision } from '../../../../src/sync/decide/decision.ts';
import type { Former } from '../../../../src/sync/decide/place-targets.ts';
import { goneNodeOf, Ledger } from '../../../../src/sync/service/ledger.ts';
import type { Node } from '../../../../src/sync/tree/node.ts';
import { fileOf } from '../../../support/model-container.ts';

const changed = (...names: readonly string[]): Map<string, Former> =>
  new Map(names.map(name => [name, undefined]));
const none = new Set<string>();

describe('the ledger of names', () => {
  it('keeps a name dirty until the container has acknowledged it', () => {
    const ledger = new Ledger();
    ledger.edit(changed('a', 'b'), 10);
    ledger.send(['a', 'b']).putBack();
    assert.deepEqual([...ledger.dirty.keys()], ['a', 'b']);
    ledger.send(['a']).settle(none);
    assert.deepEqual([...ledger.dirty.keys()], ['b']);
    assert.ok(ledger.isDirty);
    ledger.send(['b']).settle(none);
    assert.ok(!ledger.isDirty);
  });

  it('keeps a name dirty that changes while it is sent, and tells the sender that it is out of date', () => {
    const ledger = new Ledger();
    ledger.edit(changed('a'), 10);
    const sending = ledger.send(['a']);
    ledger.edit(new Map([['b', undefined]]), 20);
    assert.deepEqual([sending.stale.aborted, sending.newer.aborted], [false, true]);
    ledger.edit(new Map([['a', fileOf('one')]]), 30);
    assert.ok(sending.stale.aborted);
    sending.settle(none);
    assert.deepEqual([...ledger.dirty.keys()].sort(), ['a', 'b']);
  });

  it('remembers what a name was before the first of several changes', () => {
    const ledger = new Ledger();
    ledger.edit(new Map([['a', fileOf('one')]]), 10);
    const sending = ledger.send(['a']);
    ledger.edit(new Map([['a', fileOf('two')]]), 20);
    sending.putBack();
    assert.deepEqual(ledger.dirty.get('a'), fileOf('one'));
  });

  it('counts the time of a batch from the first event of it', () => {
    const ledger = new Ledger();
    ledger.edit(changed('late'), 30);
    ledger.edit(changed('early'), 10);
    ledger.edit(changed('early'), 20);
    const sending = ledger.send(['late', 'early']);
    assert.equal(sending.sinceMs, 10);
    sending.settle(new Set(['late']));
    assert.equal(ledger.send(['late']).sinceMs, 30);
  });

  it('hands out the names that were left of a batch once', () => {
    const ledger = new Ledger();
    ledger.edit(changed('large', 'small'), 10);
    ledger.send(['large', 'small']).settle(new Set(['large']));
    assert.deepEqual([...ledger.takeLeft()], ['large']);
    assert.deepEqual([...ledger.takeLeft()], []);
    assert.deepEqual([...ledger.dirty.keys()], ['large']);
  });

  it('knows which names were links since they are dirty', () => {
    const ledger = new Ledger();
    ledger.edit(new Map([['a', { kind: 'symlink', target: 'b' }]]), 10);
    ledger.edit(new Map([['a', fileOf('one')]]), 20);
    assert.deepEqual([...ledger.formerLinks], ['a']);
    ledger.send(['a']).settle(none);
    assert.deepEqual([...ledger.formerLinks], []);
  });

  it('tells edits from differences that were only found', () => {
    const ledger = new Ledger();
    ledger.suspect(changed('found'), 10);
    assert.ok(!ledger.takeNewEdits());
    ledger.edit(changed('edited'), 10);
    ledger.send(['found', 'edited']).settle(none);
    assert.deepEqual([ledger.isEdited('found'), ledger.isEdited('edited')], [false, true]);
    assert.deepEqual([ledger.takeNewEdits(), ledger.takeNewEdits()], [true, false]);
  });

  it('lists what differs from the image, and no name that is back as it was', () => {
    const ledger = new Ledger();
    ledger.edit(new Map([['a', fileOf('one')]]), 10);
    ledger.edit(new Map([['b', fileOf('one')]]), 10);
    ledger.noteNotInImage('unknown');
    const nodes = new Map<string, Node>([
      ['a', fileOf('two')],
      ['b', fileOf('one')],
    ]);
    assert.deepEqual(ledger.listNotInImage(nodes), ['a', 'unknown']);
  });

  it('lists after a build what changed while it ran, and after a failed build also what changed before', () => {
    const nodes = new Map<string, Node>([
      ['before', fileOf('now')],
      ['meanwhile', fileOf('now')],
    ]);
    const listAfter = (isBuilt: boolean): string[] => {
      const ledger = new Ledger();
      ledger.edit(changed('before'), 10);
      ledger.beginBuild();
      ledger.edit(changed('meanwhile'), 20);
      ledger.endBuild({ isBuilt });
      return ledger.listNotInImage(nodes).sort();
    };
    assert.deepEqual(listAfter(true), ['meanwhile']);
    assert.deepEqual(listAfter(false), ['before', 'meanwhile']);
  });

  it('knows what rules synced that no build takes, until that is gone', () => {
    const ledger = new Ledger();
    const sync = (name: string, isBuilt: boolean): Decision => ({
      name,
      do: 'sync',
      why: '',
      targets: [],
      replays: [],
      effect: 'none',
      isBuilt,
    });
    const decisions = [sync('ruled', false), sync('built', true)];
    ledger.noteSynced(decisions, new Map(decisions.map(({ name }) => [name, fileOf('x')])));
    assert.deepEqual(ledger.syncedByRules, ['ruled']);
    ledger.noteSynced(decisions, new Map());
    assert.deepEqual(ledger.syncedByRules, []);
  });

  it('has nothing to send once a build takes it all', () => {
    const ledger = new Ledger();
    ledger.edit(changed('a'), 10);
    ledger.clear();
    assert.ok(!ledger.isDirty);
    assert.ok(ledger.isEdited('a'));
  });
});

describe('a name that went while no session was there', () => {
  it('was a directory if it ends in a slash, else a file of unknown content', () => {
    assert.deepEqual(goneNodeOf('a/'), { kind: 'directory' });
    assert.deepEqual(goneNodeOf('a'), { kind: 'file', isExecutable: false, sizeBytes: 0, sha256: '' });
  });
});
