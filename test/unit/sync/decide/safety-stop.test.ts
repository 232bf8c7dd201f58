import assert from 'node:assert/strict';
import { planBatch, type BatchPlan } from '../../../../src/sync/decide/plan-batch.ts';
import { isHolding, nextStop, type SafetyStop } from '../../../../src/sync/decide/safety-stop.ts';
import type { Node } from '../../../../src/sync/tree/node.ts';
import { rulesOf } from '../../../support/deciding.ts';
import { fileOf } from '../../../support/model-container.ts';

const after = (
  stop: SafetyStop | undefined,
  gone: readonly string[],
  { cause, back = [] }: { cause?: string; back?: readonly string[] } = {},
): SafetyStop | undefined => nextStop(stop, { cause, gone, isBack: name => back.includes(name) });

describe('the safety stop', () => {
  const begun = after(undefined, ['a', 'b'], { cause: 'all of /app is gone' });

  it('begins with a cause, and not because something is gone', () => {
    assert.equal(after(undefined, ['a']), undefined);
    assert.equal(begun?.cause, 'all of /app is gone');
    assert.ok(isHolding(begun));
  });

  it('goes on when less is gone than would begin it, until all that was gone is back', () => {
    const less = after(begun, [], { back: ['a'] });
    assert.deepEqual([...(less?.gone ?? [])], ['b']);
    assert.ok(isHolding(less));
    assert.equal(after(less, [], { back: ['a', 'b'] }), undefined);
  });

  it('waits for what goes while it is on, too', () => {
    const more = after(begun, ['c'], { back: ['a', 'b'] });
    assert.deepEqual([...(more?.gone ?? [])], ['c']);
  });

  it('does not wait for what came while it is on and goes again', () => {
    assert.ok(begun !== undefined);
    const branch: SafetyStop = { ...begun, came: new Set(['new']) };
    const gradual = after(branch, ['new'], { back: ['a'], cause: 'all of /app is gone' });
    assert.deepEqual([...(gradual?.gone ?? [])], ['b']);
    assert.equal(after(gradual, ['new'], { back: ['a', 'b'] }), undefined);
    assert.equal(after(branch, ['new'], { back: ['a', 'b'] }), undefined);
  });

  it('holds nothing once a person has confirmed it', () => {
    assert.ok(begun !== undefined);
    const confirmed = after({ ...begun, isConfirmed: true }, ['a', 'b'], { cause: 'all of /app is gone' });
    assert.ok(confirmed !== undefined && !isHolding(confirmed));
  });

  it('is not on if nothing was begun', () => {
    assert.ok(!isHolding(undefined));
  });
});

describe('the plan of a pass', () => {
  const files = Array.from({ length: 12 }, (_, i) => `app/${i.toString()}`);
  const directory: Node = { kind: 'directory' };

  /** Plans for a context whose files are gone, but for an edited one and the Dockerfile. */
  const plan = async (stop: SafetyStop | undefined): Promise<BatchPlan> => {
    const nodes = new Map<string, Node>([
      ['Dockerfile', fileOf('two')],
      ['app', directory],
      ['app/edited', fileOf('two')],
    ]);
    const applied = new Map<string, Node>([
      ['/app', directory],
      ['/app/edited', fileOf('one')],
      ...files.map((name): [string, Node] => [`/${name}`, fileOf('x')]),
    ]);
    const dirty = new Map<string, Node>([
      ['Dockerfile', fileOf('one')],
      ['app/edited', fileOf('one')],
      ...files.map((name): [string, Node] => [name, fileOf('x')]),
    ]);
    return planBatch(await rulesOf('FROM base\nCOPY app /app\n'), { nodes, applied, dirty, stop });
  };
  const kindsOf = ({ changes }: BatchPlan): Set<string> => new Set(changes.map(it => it.do));

  it('begins a safety stop, and then syncs what is edited, but removes and rebuilds nothing', async () => {
    const begun = await plan(undefined);
    assert.equal(begun.stop?.cause, '12 of 13 files are gone at once');
    assert.deepEqual([...kindsOf(begun)], ['write']);
    assert.deepEqual([...begun.withheld].sort(), [...files].sort());
    assert.equal(begun.rebuild, undefined);
    assert.deepEqual(await plan(begun.stop), begun);
  });

  it('removes what is gone and rebuilds once the stop is confirmed', async () => {
    const { stop } = await plan(undefined);
    assert.ok(stop !== undefined);
    const confirmed = await plan({ ...stop, isConfirmed: true });
    assert.deepEqual([...kindsOf(confirmed)].sort(), ['remove', 'write']);
    assert.equal(confirmed.withheld.size, 0);
    assert.equal(confirmed.rebuild, 'Dockerfile decides how the image is built');
  });
});
