import assert from 'node:assert/strict';
import type { ContainerSummary } from '../../../../src/engine/objects.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import type { Plan } from '../../../../src/release/plan/plan.ts';
import { reduceToSupervised } from '../../../../src/release/supervised/run-supervised.ts';

const container = (id: string, labels: Record<string, string>): ContainerSummary =>
  ({ id, name: `shop-${id}-1`, labels }) as never;

const shop = { services: [{ name: 'web' }] };

describe('the part of a plan that a supervisor carries out', () => {
  it('removes orphans of the supervisor alone, and names those of others, which stay, also with --take-over', () => {
    const orphan = (id: string): Plan['orphans'][number] => ({
      id,
      name: `shop-${id}-1`,
      isRemoved: true,
    });
    const plan: Plan = {
      ...{ project: 'shop', images: [], resources: [], services: [] },
      orphans: [orphan('old'), orphan('theirs')],
      notes: ['what the engine would say'],
    };
    const containers = [container('old', { 'io.balena.supervised': 'true' }), container('theirs', {})];
    const { orphans, notes } = reduceToSupervised(plan, { containers }, shop);
    assert.deepEqual(orphans, [orphan('old')]);
    assert.deepEqual(notes, [
      'shop-theirs-1 is of no service of the project and stays: the supervisor removes only what it made',
    ]);
  });

  it('says of no container that a move removes that it stays', () => {
    const plan: Plan = {
      ...{ project: 'shop', images: [], resources: [], services: [], notes: [] },
      orphans: [
        { id: 'ours', name: 'shop-ours-1', isRemoved: true },
        { id: 'theirs', name: 'shop-theirs-1', isRemoved: true },
      ],
    };
    const containers = [container('ours', { [ourLabels.made]: '1' }), container('theirs', {})];
    const { orphans, notes } = reduceToSupervised(plan, { containers }, shop, { isMove: true });
    assert.deepEqual(orphans, []);
    assert.deepEqual(notes, [
      'shop-theirs-1 is of no service of the project and stays: the supervisor removes only what it made',
    ]);
  });

  it('names what its target removes as no profile enables the service, where a target is posted', () => {
    const labels = { 'io.balena.supervised': 'true' };
    const containers = [
      container('web', { ...labels, [composeLabels.service]: 'web' }),
      container('debug', { ...labels, [composeLabels.service]: 'debug' }),
      container('old', { ...labels, [composeLabels.service]: 'old' }),
      container('theirs', { [composeLabels.service]: 'debug' }),
    ];
    const plan: Plan = { project: 'shop', images: [], resources: [], services: [], orphans: [], notes: [] };
    const old = { id: 'old', name: 'shop-old-1', isRemoved: true };
    const notesOf = (it: Plan, options?: { readonly differsFromTarget: boolean }): readonly string[] =>
      reduceToSupervised(it, { containers }, shop, options).notes;
    const removed =
      'shop-debug-1 is removed, as no profile enables its service: the supervisor is given the project as a whole; --profile keeps it';
    assert.deepEqual(notesOf({ ...plan, orphans: [old] }), [removed]);
    assert.ok(notesOf(plan, { differsFromTarget: true }).includes(removed));
    assert.deepEqual(notesOf(plan), []);
  });
});
