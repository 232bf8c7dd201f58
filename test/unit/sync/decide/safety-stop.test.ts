import assert from 'node:assert/strict';
import type { Former } from '../../../../src/sync/decide/place-targets.ts';
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

describe('too much at once', () => {
  const directory: Node = { kind: 'directory' };

  /** The cause of the stop that begins where, of a tree of `files`, `gone` go and `added` come in the same moment. */
  const causeOf = async (
    { files, gone, added = 0 }: { files: number; gone: number; added?: number },
    dockerfile = 'FROM base\nCOPY app /app\n',
  ): Promise<string | undefined> => {
    const all = Array.from({ length: files }, (_, i) => `app/${i.toString()}`);
    const fresh = Array.from({ length: added }, (_, i) => `app/new-${i.toString()}`);
    const nodes = new Map<string, Node>([
      ['app', directory],
      ...[...all.slice(gone), ...fresh].map((name): [string, Node] => [name, fileOf('x')]),
    ]);
    const applied = new Map<string, Node>([
      ['/app', directory],
      ...all.map((name): [string, Node] => [`/${name}`, fileOf('x')]),
    ]);
    const dirty = new Map<string, Former>([
      ...all.slice(0, gone).map((name): [string, Node] => [name, fileOf('x')]),
      ...fresh.map((name): [string, undefined] => [name, undefined]),
    ]);
    return planBatch(await rulesOf(dockerfile), { nodes, applied, dirty, stop: undefined }).stop?.cause;
  };

  it('is ten files or more, if they are more than half of all', async () => {
    assert.equal(await causeOf({ files: 10, gone: 9 }), undefined);
    assert.equal(await causeOf({ files: 20, gone: 10 }), undefined);
    assert.equal(await causeOf({ files: 19, gone: 10 }), '10 of 19 files are gone at once');
  });

  it('is counted in files alone, whatever directories they lie in', async () => {
    const tree = (directories: number): Map<string, Node> =>
      new Map<string, Node>([
        ...Array.from({ length: directories }, (_, i): [string, Node] => [`app/d${i.toString()}`, directory]),
        ...Array.from({ length: 9 }, (_, i): [string, Node] => [`app/d0/${i.toString()}`, fileOf('x')]),
      ]);
    const applied = new Map([
      ['/app', directory],
      ...[...tree(5)].map(([name, node]) => [`/${name}`, node]),
    ] as [string, Node][]);
    const nodes = new Map([['app', directory]]);
    const rules = await rulesOf('FROM base\nCOPY app /app\n');
    assert.equal(planBatch(rules, { nodes, applied, dirty: tree(5), stop: undefined }).stop, undefined);
  });

  it('is no file that was moved', async () => {
    assert.equal(await causeOf({ files: 19, gone: 10, added: 10 }), undefined);
    assert.equal(await causeOf({ files: 15, gone: 12, added: 2 }), '10 of 15 files are gone at once');
  });

  it('is all of a directory that a COPY names, and no single file that one does', async () => {
    const rules = await rulesOf('FROM base\nCOPY app /app\nCOPY one /one\n');
    const gone = (name: string, node: Node): SafetyStop | undefined => {
      const applied = new Map([[`/${name}`, node]]);
      return planBatch(rules, { nodes: new Map(), applied, dirty: new Map([[name, node]]), stop: undefined })
        .stop;
    };
    assert.equal(gone('app', directory)?.cause, 'all of COPY app /app (line 2) is gone');
    assert.equal(gone('one', fileOf('x')), undefined);
  });
});
