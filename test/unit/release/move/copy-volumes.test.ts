import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import type { PushEvent } from '../../../../src/release/apply/events.ts';
import { ourLabels } from '../../../../src/release/desired/labels.ts';
import { adoptCopies, discardCopies } from '../../../../src/release/move/copy-marks.ts';
import { copyVolumes } from '../../../../src/release/move/copy-volumes.ts';
import { VolumeEngine } from '../../../support/volume-engine.ts';

describe('copying the volumes of a project that moves', () => {
  const { signal } = new AbortController();
  let engine: VolumeEngine;
  const events: PushEvent[] = [];
  const copies = ['data', 'cache'].map(key => ({
    from: `shop_${key}`,
    to: { Name: `7_${key}`, Labels: { 'io.balena.supervised': 'true' } },
  }));
  const copy = (): Promise<void> =>
    copyVolumes(engine.asEngine(), copies, {
      ...{ project: 'shop', to: 'supervisor', image: 'busybox', signal },
      report: event => events.push(event),
    });
  const before = { shop_data: 'a tar', shop_cache: 'another', bystander: 'mine' };

  beforeEach(() => {
    engine = new VolumeEngine();
    for (const [name, content] of Object.entries(before)) engine.addVolume(name, content);
    events.length = 0;
  });

  it('leaves sources and other volumes as they are, and nothing but the copies behind', async () => {
    await copy();
    await adoptCopies(engine.asEngine(), 'shop', 'supervisor', signal);
    assert.deepEqual(Object.fromEntries(engine.contents), {
      ...before,
      '7_data': 'a tar',
      '7_cache': 'another',
    });
    assert.deepEqual([...engine.containers], []);
    assert.deepEqual(engine.volumes.get('7_data')?.labels, { 'io.balena.supervised': 'true' });
    assert.deepEqual(
      events.map(it => (it.type === 'volume-copy' ? [it.state, it.to, it.sizeBytes] : it.type)),
      [
        ['copying', '7_data', 0],
        ['copied', '7_data', 5],
        ['copying', '7_cache', 0],
        ['copied', '7_cache', 7],
      ],
    );
  });

  for (const of of ['get', 'put'] as const)
    it(`leaves nothing of any copy where one ${of === 'get' ? 'breaks off while it is read' : 'cannot be written'}`, async () => {
      const error = new OsError('no-space', 'the disk is full');
      const create = engine.createVolume.bind(engine);
      engine.createVolume = body => {
        if (body.Name === '7_cache') engine.failure = { of, error };
        return create(body);
      };
      await assert.rejects(copy(), { code: 'no-space' });
      assert.deepEqual(Object.fromEntries(engine.contents), before);
      assert.deepEqual([...engine.containers], []);
    });

  it('leaves nothing where it is interrupted while the engine makes the container that copies', async () => {
    const interruption = new AbortController();
    const create = engine.createContainer.bind(engine);
    const createLate = async (
      name: string,
      body: Parameters<typeof create>[1],
      { signal: within }: { readonly signal?: AbortSignal } = {},
    ): Promise<string> => {
      interruption.abort(new OsError('interrupted', 'interrupted'));
      const made = create(name, body);
      within?.throwIfAborted();
      return await made;
    };
    engine.createContainer = createLate;
    const copying = copyVolumes(engine.asEngine(), copies, {
      ...{ project: 'shop', to: 'supervisor', image: 'busybox', signal: interruption.signal },
      report: event => events.push(event),
    });
    await assert.rejects(copying, { code: 'interrupted' });
    assert.deepEqual([...engine.containers], []);
    assert.deepEqual(Object.fromEntries(engine.contents), before);
  });

  it('never writes to a volume that has come to exist meanwhile', async () => {
    engine.addVolume('7_cache', 'of somebody');
    await assert.rejects(copy(), { code: 'engine-conflict' });
    assert.deepEqual(Object.fromEntries(engine.contents), { ...before, '7_cache': 'of somebody' });
  });

  for (const mark of ['os-copying-7_cache', 'os-copied-7_cache'])
    it(`leaves a volume of somebody that is called ${mark}, and copies nothing`, async () => {
      engine.addVolume(mark, 'of somebody');
      await assert.rejects(copy(), { code: 'engine-conflict' });
      assert.deepEqual(Object.fromEntries(engine.contents), { ...before, [mark]: 'of somebody' });
    });

  it('marks a copy until it is whole, so that the next push removes one that was cut off, and it alone', async () => {
    engine.failure = { of: 'put', error: new Error('killed') };
    // A process that is killed removes nothing.
    const remove = engine.removeVolume.bind(engine);
    engine.removeVolume = () => Promise.resolve();
    await assert.rejects(copy());
    assert.ok(engine.contents.has('7_data'));
    engine.removeVolume = remove;
    engine.addVolume('7_cache', 'whole');
    const warnings: string[] = [];
    const options = { runner: undefined, signal, onWarning: (it: string) => warnings.push(it) };
    assert.deepEqual(await discardCopies(engine.asEngine(), 'other', options), []);
    assert.deepEqual(await discardCopies(engine.asEngine(), 'shop', options), ['7_data']);
    assert.deepEqual(Object.fromEntries(engine.contents), { ...before, '7_cache': 'whole' });
    assert.deepEqual(warnings, [
      'the volume 7_data is removed, half a copy that a push has left; its data is in shop_data',
    ]);
  });

  it('leaves a volume that came to exist after a copy was cut off, before that one created its own', async () => {
    engine.addVolume('os-copying-7_data', '', {
      [ourLabels.made]: '1',
      [ourLabels.copy]: 'shop',
      [ourLabels.copyFrom]: 'shop_data',
      [ourLabels.copyTo]: '7_data',
    });
    engine.nowMs += 3_600_000;
    engine.addVolume('7_data', 'of somebody');
    const warnings: string[] = [];
    const options = { runner: undefined, signal, onWarning: (it: string) => warnings.push(it) };
    assert.deepEqual(await discardCopies(engine.asEngine(), 'shop', options), []);
    assert.deepEqual(Object.fromEntries(engine.contents), { ...before, '7_data': 'of somebody' });
    assert.deepEqual(warnings, [
      'the volume 7_data was not made by the copy of shop_data that was cut off: it stays',
    ]);
  });

  it('leaves half a copy that a container uses by now, and names both', async () => {
    engine.addVolume('7_data', 'half');
    engine.addVolume('os-copying-7_data', '', {
      [ourLabels.made]: '1',
      [ourLabels.copy]: 'shop',
      [ourLabels.copyFrom]: 'shop_data',
      [ourLabels.copyTo]: '7_data',
    });
    await engine.createContainer('user', {
      ...{ Image: 'busybox', Labels: {} },
      HostConfig: { Binds: ['7_data:/data'] },
    });
    const warnings: string[] = [];
    await discardCopies(engine.asEngine(), 'shop', {
      runner: 'engine',
      signal,
      onWarning: it => warnings.push(it),
    });
    assert.equal(engine.contents.get('7_data'), 'half');
    assert.deepEqual(warnings, [
      'user uses the volume 7_data, which is half a copy of shop_data: a push was cut off',
    ]);
  });

  describe('that was cut off before it left its runner', () => {
    const warnings: string[] = [];
    const discard = (runner: 'engine' | 'supervisor' | undefined): Promise<string[]> =>
      discardCopies(engine.asEngine(), 'shop', { runner, signal, onWarning: it => warnings.push(it) });
    const whole = { '7_data': 'a tar', '7_cache': 'another' };
    const contents = (): Record<string, string> =>
      Object.fromEntries([...engine.contents].filter(([name]) => !name.startsWith('os-')));
    const marks = (): string[] => [...engine.volumes.keys()].filter(name => name.startsWith('os-'));

    beforeEach(async () => {
      warnings.length = 0;
      await copy();
    });

    it('begins again: its copies, which nothing has used, are removed', async () => {
      assert.deepEqual(await discard('engine'), ['7_data', '7_cache']);
      assert.deepEqual([contents(), marks()], [before, []]);
      assert.deepEqual(warnings, [
        'the volume 7_data is removed, a copy that a push has left; its data is in shop_data',
        'the volume 7_cache is removed, a copy that a push has left; its data is in shop_cache',
      ]);
    });

    it('keeps its copies once it has left, and where nobody knows', async () => {
      for (const runner of ['supervisor', undefined] as const) assert.deepEqual(await discard(runner), []);
      assert.deepEqual(contents(), { ...before, ...whole });
      await adoptCopies(engine.asEngine(), 'other', 'supervisor', signal);
      await adoptCopies(engine.asEngine(), 'shop', 'engine', signal);
      assert.deepEqual(marks(), ['os-copied-7_data', 'os-copied-7_cache']);
      await adoptCopies(engine.asEngine(), 'shop', 'supervisor', signal);
      assert.deepEqual(marks(), []);
      assert.deepEqual(await discard('engine'), []);
      assert.deepEqual(contents(), { ...before, ...whole });
    });

    it('leaves a copy that is used or whose source is gone, and a volume that has taken its name', async () => {
      await engine.createContainer('user', {
        ...{ Image: 'busybox', Labels: {} },
        HostConfig: { Binds: ['7_data:/data'] },
      });
      await engine.removeVolume('shop_cache');
      assert.deepEqual(await discard('engine'), []);
      assert.deepEqual(warnings, [
        'user uses the volume 7_data, which is a copy of shop_data: a push was cut off',
        'the volume 7_cache stays, a copy that a push has left: shop_cache, of which it is, is gone',
      ]);
      engine.addVolume('shop_cache', 'new');
      await engine.removeVolume('7_cache');
      engine.nowMs += 1000;
      engine.addVolume('7_cache', 'of somebody');
      assert.deepEqual(await discard('engine'), []);
      assert.match(warnings.at(-1) ?? '', /^the volume 7_cache was not made by the copy of shop_cache/);
      assert.equal(engine.contents.get('7_cache'), 'of somebody');
    });

    it('leaves no mark of a copy that somebody has removed', async () => {
      for (const name of ['7_data', '7_cache']) await engine.removeVolume(name);
      assert.deepEqual(await discard(undefined), []);
      assert.deepEqual([contents(), marks(), warnings], [before, [], []]);
    });
  });
});
