import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { OsError } from '../../../../src/core/errors.ts';
import type { ImageSummary } from '../../../../src/engine/objects.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import { holderLabel } from '../../../../src/release/lease/holder.ts';
import { openProjectLock } from '../../../../src/release/lease/project-lock.ts';
import { cleanDevice } from '../../../../src/release/running/clean.ts';
import { LockableEngine } from '../../../support/lockable-engine.ts';

/** An engine that has these images (id → names) and nothing else; `removed` are the names that it is asked to remove. */
function fake(images: Record<string, string[]>) {
  const removed: string[] = [];
  const unexpected = (): never => assert.fail('not expected');
  return {
    removed,
    engine: {
      ...{ createVolume: unexpected, findVolume: unexpected, removeVolume: unexpected },
      ...{ watchEvents: unexpected, removeContainer: unexpected },
      listContainers: () => Promise.resolve([]),
      listVolumes: () => Promise.resolve([]),
      readLayersBytes: () => Promise.resolve(0),
      listImages: () =>
        Promise.resolve(
          Object.entries(images).map(([id, tags]) => ({ id, tags, digests: [] }) as unknown as ImageSummary),
        ),
      removeImage: (name: string) => {
        removed.push(name);
        return Promise.resolve();
      },
    },
  };
}

describe('layers that a push keeps by a tag', () => {
  const images = {
    web: ['shop-web:latest', 'shop-web:os-run-0123'],
    stage: ['shop-web:os-stage-0'],
    left: ['gone-web:os-stage-0'],
  };
  const { signal } = new AbortController();

  it('stay while the image built of them has its name, and are cleaned after that', async () => {
    const { engine, removed } = fake(images);
    await cleanDevice(engine, { signal, removesDangling: false });
    assert.deepEqual(removed, ['gone-web:os-stage-0']);
  });

  it('stay while a build that may need them is at work', async () => {
    const { engine, removed } = fake({ left: ['gone-web:os-stage-0'], replaced: ['shop-web:os-run-0123'] });
    const lockable = new LockableEngine();
    await using _lock = await openProjectLock(lockable.asEngine(), 'other', { signal });
    const locked: unknown = Object.assign(lockable, {
      ...{ listImages: engine.listImages, removeImage: engine.removeImage },
      readLayersBytes: engine.readLayersBytes,
    });
    await cleanDevice(locked as Parameters<typeof cleanDevice>[0], { signal, removesDangling: false });
    assert.deepEqual(removed, ['shop-web:os-run-0123']);
  });

  it('stay where a container still runs them, and any other failure is one', async () => {
    for (const code of ['engine-conflict', 'engine-refused', 'connection-lost'] as const) {
      const { engine } = fake(images);
      engine.removeImage = () => Promise.reject(new OsError(code, 'not now'));
      const cleaning = cleanDevice(engine, { signal, removesDangling: false });
      if (code === 'connection-lost') await assert.rejects(cleaning, { code });
      else assert.deepEqual((await cleaning).images, []);
    }
  });

  it('are cleaned as unnamed images are, with --dangling', async () => {
    const { engine, removed } = fake(images);
    await cleanDevice(engine, { signal, removesDangling: true });
    assert.deepEqual(removed, ['shop-web:os-stage-0', 'gone-web:os-stage-0']);
  });
});

describe('what an interrupted push has left', () => {
  const { signal } = new AbortController();
  const made = { [ourLabels.made]: '1' };
  const old = { ...made, [composeLabels.project]: 'shop', [composeLabels.oneoff]: 'False' };
  const look = { ...made, [ourLabels.look]: 'shop' };

  /** An engine that has these containers: name → labels, and if it has been started. */
  async function engineWith(containers: Record<string, readonly [Record<string, string>, boolean]>) {
    const engine = new LockableEngine();
    engine.addImage('a');
    for (const [name, [Labels, isStarted]] of Object.entries(containers)) {
      const id = await engine.createContainer(name, { Image: 'a', Labels, HostConfig: {} });
      if (isStarted) await engine.startContainer(id);
    }
    const images = {
      listImages: () => Promise.resolve([]),
      readLayersBytes: () => Promise.resolve(0),
      removeImage: () => assert.fail('there is no image'),
    };
    return Object.assign(engine, images);
  }
  const clean = async (engine: LockableEngine): Promise<readonly string[]> => {
    const options = { signal, removesDangling: false, clock: engine.fastClock() };
    return (await cleanDevice(engine as unknown as Parameters<typeof cleanDevice>[0], options)).containers;
  };
  const namesOf = (engine: LockableEngine): string[] =>
    [...engine.containers.values()].map(({ name }) => name).sort();

  it('is removed: containers that were set aside, and those by which files were read', async () => {
    const engine = await engineWith({ '0123456789ab_shop-web-1': [old, false], 'os-look-1': [look, false] });
    assert.deepEqual([...(await clean(engine))].sort(), ['0123456789ab_shop-web-1', 'os-look-1']);
    assert.deepEqual(namesOf(engine), []);
  });

  it('is kept where it runs, has a name of its own, was started by a person, or was not made by os', async () => {
    const kept = {
      '0123456789ab_shop-web-1': [old, true],
      '0123456789ab_shop-web-2': [{ ...old, [composeLabels.oneoff]: 'True' }, false],
      '0123456789ab_theirs-web-1': [{ [composeLabels.oneoff]: 'False' }, false],
      'os-look-1': [look, true],
      'shop-web-1': [old, false],
    } as const;
    const engine = await engineWith(kept);
    assert.deepEqual(await clean(engine), []);
    assert.deepEqual(namesOf(engine), Object.keys(kept));
  });

  it('is kept while somebody works on its project, and no other one is', async () => {
    const other = { ...old, [composeLabels.project]: 'other' };
    const engine = await engineWith({
      '0123456789ab_other-web-1': [other, false],
      '0123456789ab_shop-web-1': [old, false],
      'os-look-1': [look, false],
    });
    await using _lock = await openProjectLock(engine.asEngine(), 'shop', { signal });
    assert.deepEqual(await clean(engine), ['0123456789ab_other-web-1']);
    assert.deepEqual(namesOf(engine), ['0123456789ab_shop-web-1', 'os-look-1']);
  });

  it('is removed: the probe of a killed process, by which it asked if a lock has a live holder, and no other one', async () => {
    const engine = await engineWith({});
    const [holder = ''] = Object.values(holderLabel());
    const probe = async (name: string, labels: Record<string, string>): Promise<void> => {
      await engine.createVolume({ Name: name, Labels: { ...made, [ourLabels.probe]: 'shop', ...labels } });
    };
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const killed = holder.replace(`"pid":${process.pid.toString()}`, `"pid":${dead.toString()}`);
    assert.notEqual(killed, holder);
    await probe('os-probe-shop-0123456789ab', { [ourLabels.holder]: killed });
    await probe('os-probe-shop-0123456789ac', { [ourLabels.holder]: holder });
    await probe('os-probe-shop-0123456789ad', {});
    await probe('data', { [ourLabels.holder]: killed });
    await clean(engine);
    assert.deepEqual([...engine.volumes.keys()].sort(), [
      'data',
      'os-probe-shop-0123456789ac',
      'os-probe-shop-0123456789ad',
    ]);
  });
});
