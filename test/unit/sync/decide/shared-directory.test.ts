import assert from 'node:assert/strict';
import { planBatch, type BatchPlan } from '../../../../src/sync/decide/plan-batch.ts';
import type { SafetyStop } from '../../../../src/sync/decide/safety-stop.ts';
import type { Change } from '../../../../src/sync/transport/change.ts';
import type { WatchRule } from '../../../../src/project/service.ts';
import { rulesOf, toNode } from '../../../support/deciding.ts';

interface Scene {
  readonly present: readonly string[];
  readonly gone: readonly string[];
  /** What the container has; directories end in a slash. */
  readonly container: readonly string[];
  readonly stop?: SafetyStop | undefined;
  readonly watch?: readonly Partial<WatchRule>[];
}

const plan = async (
  copies: readonly string[],
  { present, gone, container, stop, watch = [] }: Scene,
): Promise<BatchPlan> =>
  planBatch(await rulesOf(`FROM base\n${copies.join('\n')}\n`, { watch }), {
    nodes: new Map(present.map(toNode)),
    dirty: new Map(gone.map(toNode)),
    applied: new Map(container.map(toNode)),
    stop,
  });

/** Every path that goes, also with a directory. */
const removed = (changes: readonly Change[]): string[] =>
  changes.flatMap(it => (it.do === 'remove' ? [it.path, ...it.below.map(({ path }) => path)] : [])).sort();

const goneOf = ({ outcome }: BatchPlan): string[] =>
  [...outcome].flatMap(([path, node]) => (node === 'nothing' ? [path] : [])).sort();

describe('a directory that several COPY go into', () => {
  const copies = ['COPY b /dest/', 'COPY a/f /dest/in/f', 'COPY c /dest/in/deep'];
  const others = ['a/', 'a/f', 'c/', 'c/h'];
  const container = [
    '/dest/',
    '/dest/k',
    '/dest/in/',
    '/dest/in/g',
    '/dest/in/f',
    '/dest/in/deep/',
    '/dest/in/deep/h',
  ];

  it('stays with what the others bring when it is gone from the sources of one', async () => {
    const found = await plan(copies, {
      present: ['b/', 'b/k', ...others],
      gone: ['b/in/', 'b/in/g'],
      container,
    });
    assert.equal(found.stop, undefined);
    assert.deepEqual(removed(found.changes), ['/dest/in/g']);
    assert.deepEqual(goneOf(found), ['/dest/in/g']);
  });

  it('stops the sync when all of one of them is gone, and keeps what the others bring once that is confirmed', async () => {
    const scene = { present: others, gone: ['b/', 'b/k', 'b/in/', 'b/in/g'], container };
    const { stop } = await plan(copies, scene);
    assert.equal(stop?.cause, 'all of COPY b /dest/ (line 2) is gone');
    const confirmed = await plan(copies, { ...scene, stop: { ...stop, isConfirmed: true } });
    const kept = ['/dest/in/f', '/dest/in/deep', '/dest/in/deep/h'];
    assert.deepEqual(
      removed(confirmed.changes).filter(it => kept.includes(it)),
      [],
    );
    assert.ok(removed(confirmed.changes).includes('/dest/in/g'));
    assert.deepEqual(
      goneOf(confirmed).filter(it => kept.includes(it)),
      [],
    );
  });

  it('is not all of a pattern: a directory that matched it goes without a stop where files still match', async () => {
    const found = await plan(['COPY conf/*.conf /etc/c/'], {
      present: ['conf/', 'conf/a.conf'],
      gone: ['conf/d.conf/', 'conf/d.conf/x'],
      container: ['/etc/c/', '/etc/c/a.conf', '/etc/c/x'],
    });
    assert.equal(found.stop, undefined);
    assert.deepEqual(removed(found.changes), ['/etc/c/x']);
  });

  it('stops the sync when nothing matches a pattern any more', async () => {
    const { stop } = await plan(['COPY conf/*.conf /etc/c/'], {
      present: ['conf/'],
      gone: ['conf/d.conf/', 'conf/d.conf/x'],
      container: ['/etc/c/', '/etc/c/x'],
    });
    assert.equal(stop?.cause, 'all of COPY conf/*.conf /etc/c/ (line 2) is gone');
  });

  it('stays with what rules of develop.watch bring when it is gone from the sources of another', async () => {
    const found = await plan(['COPY copied /srv/lib/copied'], {
      present: ['web/', 'web/k', '/common/', '/common/a.js', 'copied/', 'copied/x'],
      gone: ['web/lib/', 'web/lib/own.js'],
      container: [
        ...['/srv/', '/srv/k', '/srv/lib/', '/srv/lib/own.js', '/srv/lib/a.js'],
        ...['/srv/lib/copied/', '/srv/lib/copied/x'],
      ],
      watch: [
        { path: '/project/web', target: '/srv' },
        { path: '/common', target: '/srv/lib' },
      ],
    });
    assert.deepEqual(removed(found.changes), ['/srv/lib/own.js']);
    assert.deepEqual(goneOf(found), ['/srv/lib/own.js']);
  });
});
