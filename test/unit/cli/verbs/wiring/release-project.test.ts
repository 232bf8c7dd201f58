import assert from 'node:assert/strict';
import { releaseProject } from '../../../../../src/cli/verbs/wiring/release-project.ts';
import { composeLabels, ourLabels } from '../../../../../src/release/desired/labels.ts';
import { readProject } from '../../../../../src/project/read-project.ts';
import { markHalf, markWhole } from '../../../../../src/release/move/copy-marks.ts';
import { stableId } from '../../../../../src/supervisor/target/stable-id.ts';
import type { ReachedEngine } from '../../../../../src/reach/engine/reached-engine.ts';
import { FakeEngine } from '../../../../support/fake-engine.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';
import { makeTree } from '../../../../support/tree.ts';

/** Plans a push, and returns its warnings. */
type Push = (options?: {
  readonly takesOver?: boolean;
  readonly copiesVolumes?: boolean;
}) => Promise<string[]>;

describe('a session that releases a project again and again', () => {
  it('says once that what only a supervisor gives a service has no effect on this device', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, {
      'compose.yaml': 'services: {web: {image: busybox, labels: {io.balena.features.supervisor-api: "1"}}}\n',
    });
    const project = await readProject(temp.path, { projectName: 'shop' });
    const fake = new FakeEngine();
    fake.addImage('busybox');
    const engine = Object.assign(fake, { readInfo: () => Promise.resolve({ id: 'fake' }) }).asEngine();
    const reached: Partial<ReachedEngine> = {
      engine,
      address: '192.0.2.7',
      name: 'board.local',
      openOnHost: () => Promise.reject(new Error('nothing is asked on the host')),
    };
    const told: string[] = [];
    const release = releaseProject(text => told.push(text));
    const request = { project, services: [], isCacheUsed: true, isPulled: false, removesOrphans: false };
    for (let i = 0; i < 2; i += 1)
      await release(
        reached as ReachedEngine,
        { ...request, usesDeltas: true, extent: 'plan' },
        {
          signal: new AbortController().signal,
          report: event => {
            if (event.type === 'warning') told.push(event.message);
          },
          registrySecretsFile: undefined,
        },
      );
    assert.deepEqual(told, [
      'web: io.balena.features.supervisor-api has no effect: only a supervisor gives a service what it asks for',
    ]);
  });
});

describe('a push that moves a project and names some of its services', () => {
  it('is refused where that would lose another one that runs', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, {
      'compose.yaml': 'services: {web: {image: busybox}, db: {image: busybox}}\n',
    });
    const project = await readProject(temp.path, { projectName: 'shop' });
    const fake = new FakeEngine();
    fake.addImage('busybox');
    for (const name of ['web', 'db'])
      await fake.createContainer(`${name}_1_1_abc`, {
        Image: 'busybox',
        Labels: {
          ...{ [composeLabels.project]: 'shop', [composeLabels.service]: name, [ourLabels.made]: '1' },
          'io.balena.supervised': 'true',
        },
        HostConfig: {},
      });
    const engine = Object.assign(fake, { readInfo: () => Promise.resolve({ id: 'fake' }) }).asEngine();
    const reached = { engine, address: '192.0.2.7', name: 'board.local' } as unknown as ReachedEngine;
    const release = releaseProject(() => undefined);
    const request = { project, isCacheUsed: true, isPulled: false, removesOrphans: false };
    const refused = release(
      reached,
      { ...request, services: ['web'], runner: 'engine', takesOver: true, extent: 'plan' },
      { signal: new AbortController().signal, report: () => undefined, registrySecretsFile: undefined },
    );
    await assert.rejects(refused, {
      code: 'usage',
      message: 'shop is moved to the engine as a whole, and this push leaves out db',
    });
  });
});

describe('a push of a project without containers', () => {
  const data = `${stableId('app shop').toString()}_data`;
  const Labels = { [composeLabels.project]: 'shop', [ourLabels.made]: '1' };
  const copy = { from: data, to: { Name: 'shop_data', Labels: {} } };
  const createdAt = '2026-01-01T00:00:00Z';

  async function openBoard(): Promise<AsyncDisposable & { fake: FakeEngine; push: Push }> {
    const temp = await openTempDirectory();
    await makeTree(temp.path, {
      'compose.yaml': 'services: {web: {image: busybox, volumes: ["data:/data"]}}\nvolumes: {data: {}}\n',
    });
    const project = await readProject(temp.path, { projectName: 'shop' });
    const fake = new FakeEngine();
    fake.addImage('busybox');
    const engine = Object.assign(fake, { readInfo: () => Promise.resolve({ id: 'fake' }) }).asEngine();
    const reached = { engine, address: '192.0.2.7', name: 'board.local' } as unknown as ReachedEngine;
    const push: Push = async options => {
      const told: string[] = [];
      await releaseProject(() => undefined)(
        reached,
        {
          ...{ project, services: [], isCacheUsed: true, isPulled: false, removesOrphans: false },
          ...{ usesDeltas: true, extent: 'plan', ...options },
        },
        {
          signal: new AbortController().signal,
          report: event => {
            if (event.type === 'warning') told.push(event.message);
          },
          registrySecretsFile: undefined,
        },
      );
      return told;
    };
    return { fake, push, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
  }

  it('is refused where its data is with the runner that had it before, which it would start without', async () => {
    await using board = await openBoard();
    const { fake, push } = board;
    assert.deepEqual(await push(), []);
    await fake.createVolume({ Name: data, Labels: { 'io.balena.supervised': 'true' } });
    await assert.rejects(push(), {
      code: 'usage',
      message: `shop would start with empty volumes under the engine: its data is in those of the supervisor, ${data}`,
      hint: 'run it there: os push board.local --runner supervisor; or copy the data by --take-over; or start empty by --take-over --no-copy-volumes',
    });
    assert.deepEqual(await push({ takesOver: true }), [
      `shop has its data under the supervisor, where it stays; it is to be copied: ${data} to shop_data`,
    ]);
    assert.deepEqual(await push({ takesOver: true, copiesVolumes: false }), []);
  });

  it('goes on with the complete copy of a move that was cut off', async () => {
    await using board = await openBoard();
    const { fake, push } = board;
    await fake.createVolume({ Name: data, Labels: { 'io.balena.supervised': 'true' } });
    fake.volumes.set('shop_data', { name: 'shop_data', labels: Labels, createdAt });
    await markWhole(fake.asEngine(), { project: 'shop', to: 'engine' }, [copy]);
    assert.deepEqual(await push(), []);
  });

  it('is refused where a copy that was cut off is not whole, or is gone: it would start without its data', async () => {
    await using board = await openBoard();
    const { fake, push } = board;
    await fake.createVolume({ Name: data, Labels: { 'io.balena.supervised': 'true' } });
    fake.volumes.set('shop_data', { name: 'shop_data', labels: Labels, createdAt });
    await markWhole(fake.asEngine(), { project: 'shop', to: 'engine' }, [copy]);
    // The marks of half copies go last.
    await markHalf(fake.asEngine(), 'shop', copy);
    const mark = fake.volumes.get('os-copying-shop_data') ?? assert.fail();
    fake.volumes.set(mark.name, { ...mark, createdAt });
    await assert.rejects(push(), { code: 'usage', message: /^shop would start with empty volumes/ });
    await fake.removeVolume('os-copying-shop_data');
    assert.deepEqual(await push(), []);
    await fake.removeVolume('shop_data');
    await assert.rejects(push(), { code: 'usage', message: /^shop would start with empty volumes/ });
  });

  it('is not held up by volumes of others that have the name of its own', async () => {
    await using board = await openBoard();
    const { fake, push } = board;
    await fake.createVolume({ Name: data, Labels: {} });
    assert.deepEqual(await push(), []);
    await fake.createVolume({ Name: 'shop_data', Labels });
    assert.deepEqual(await push(), []);
  });

  it('says which data it uses where each runner has some', async () => {
    await using board = await openBoard();
    const { fake, push } = board;
    await fake.createVolume({ Name: data, Labels: { 'io.balena.supervised': 'true' } });
    await fake.createVolume({ Name: 'shop_data', Labels });
    assert.deepEqual(await push(), [
      `shop is to run under the engine with the data in shop_data; that of the supervisor stays in ${data} and is not used (to use it: os push board.local --runner supervisor)`,
    ]);
  });
});
