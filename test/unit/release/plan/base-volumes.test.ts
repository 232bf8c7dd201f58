import assert from 'node:assert/strict';
import type { BuildPlace } from '../../../../src/project/build.ts';
import { readProject } from '../../../../src/project/read-project.ts';
import { readBuildRecipe } from '../../../../src/release/desired/read-build-recipe.ts';
import { describeBaseVolumes, describeBuiltVolumes } from '../../../../src/release/plan/base-volumes.ts';
import { openTestMemory } from '../../../support/delta-rounds.ts';
import { fakeImage } from '../../../support/fake-engine.ts';
import { ImageEngine } from '../../../support/image-engine.ts';
import { LocalDocker } from '../../../support/local-docker.ts';
import { pushInProcess } from '../../../support/push-in-process.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';
import { makeTree } from '../../../support/tree.ts';

type Task = Parameters<typeof describeBaseVolumes>[0];

async function read(lines: readonly string[], place: BuildPlace): Promise<Task> {
  await using temp = await openTempDirectory();
  await makeTree(temp.path, { Dockerfile: `${lines.join('\n')}\n` });
  const options = { placeOf: () => place, askDevice: () => Promise.resolve({}) };
  const [service] = (await readProject(temp.path, options)).services;
  if (service?.build === undefined) throw new Error('there is no build');
  const { signal } = new AbortController();
  const recipe = await readBuildRecipe(service.build, { isPulled: false, isCacheUsed: true, signal });
  return { service: 'main', recipe };
}

const imagesWith = (volumes: readonly string[]): Map<string, ReturnType<typeof fakeImage>> =>
  new Map([['db', { ...fakeImage('db'), volumes }]]);

describe('a RUN below a volume of the base image', () => {
  const lines = ['FROM db AS base', 'FROM base', 'RUN echo x > /var/lib/db/f', 'RUN echo y > /var/lib/db/g'];

  it('is named by the plan where the device has the base image', async () => {
    for (const [place, builder] of [
      ['device', "the device's builder"],
      ['local', "a device's builder"],
    ] as const)
      assert.deepEqual(describeBaseVolumes(await read(lines, place), imagesWith(['/var/lib/db'])), [
        `main: Dockerfile:3:1: RUN: ${builder} drops what it changes below /var/lib/db, a volume of db; BuildKit keeps it`,
      ]);
    assert.deepEqual(describeBaseVolumes(await read(lines, 'device'), imagesWith([])), []);
    assert.deepEqual(describeBaseVolumes(await read(lines, 'device'), new Map()), []);
  });

  it('is named once the image is built where the device lacks the base image', async () => {
    const task = await read([...lines, 'VOLUME /own', 'RUN touch /own/f'], 'local');
    const built = ['/own', '/var/lib/db/'];
    assert.deepEqual(describeBuiltVolumes(task, built, new Set()), [
      "main: Dockerfile:3:1: RUN: a device's builder drops what it changes below /var/lib/db, a volume of db; BuildKit keeps it",
    ]);
    assert.deepEqual(describeBuiltVolumes(task, built, new Set(['db'])), []);
    assert.deepEqual(describeBuiltVolumes(task, ['/own'], new Set()), []);
  });

  it('causes no warning if only the base of another stage has the volume', async () => {
    const task = await read(['FROM db AS make', 'FROM other', 'RUN echo x > /var/lib/db/f'], 'local');
    assert.deepEqual(describeBaseVolumes(task, imagesWith(['/var/lib/db'])), []);
    assert.deepEqual(describeBuiltVolumes(task, [], new Set()), []);
  });

  it('is told by a push that has it built on this machine', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, {
      Dockerfile: 'FROM db\nCOPY data /data\nRUN echo x > /var/lib/db/f\n',
      'data/a': '1',
    });
    const docker = new LocalDocker();
    docker.baseVolumes = ['/var/lib/db'];
    const push = { name: 'shop', memory: openTestMemory(), place: 'local', docker: docker.run } as const;
    const events = await pushInProcess(new ImageEngine().asEngine(), temp.path, push);
    assert.deepEqual(
      events.flatMap(it => (it.type === 'warning' ? [it.message] : [])),
      [
        "main: Dockerfile:3:1: RUN: a device's builder drops what it changes below /var/lib/db, a volume of db; BuildKit keeps it",
      ],
    );
  });
});
