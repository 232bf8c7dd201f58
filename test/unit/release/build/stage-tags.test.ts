import assert from 'node:assert/strict';
import type { ContainerSummary } from '../../../../src/engine/objects.ts';
import { isStageTag, openStageTags } from '../../../../src/release/build/stage-tags.ts';

/** Two stages: `FROM`, `RUN` each. */
const recipe = {
  steps: [
    [0, 'FROM'],
    [0, 'RUN'],
    [1, 'FROM'],
    [1, 'COPY'],
  ].map(([stage, keyword], i) => ({ number: i + 1, stage, keyword })),
} as never;

/** An engine that records what is tagged and removed; `names` are the tags that it has. */
function fake({ isSupervised }: { readonly isSupervised: boolean }) {
  const names = new Map<string, string>();
  const calls: string[] = [];
  const supervisor = { name: 'balena_supervisor', state: 'running' } as ContainerSummary;
  return {
    names,
    calls,
    engine: {
      listContainers: () => Promise.resolve(isSupervised ? [supervisor] : []),
      tagImage: (id: string, { repository, tag }: { repository: string; tag: string }) => {
        calls.push(`tag ${id} ${repository}:${tag}`);
        names.set(`${repository}:${tag}`, id);
        return Promise.resolve();
      },
      findImage: (name: string) => Promise.resolve(names.has(name) ? ({} as never) : undefined),
      removeImage: (name: string) => {
        calls.push(`remove ${name}`);
        names.delete(name);
        return Promise.resolve();
      },
    },
  };
}

describe('the layers of a build beside a supervisor, which removes images without a name', () => {
  const { signal } = new AbortController();
  const reference = 'shop-web:latest';

  it('are kept by a tag for each stage, which moves along; the last stage needs none once the image has its name', async () => {
    const { engine, calls, names } = fake({ isSupervised: true });
    names.set('shop-web:os-stage-2', 'of a stage that is gone');
    const tags = openStageTags({ engine, reference, recipe, signal });
    tags.keep(1, 'base');
    tags.keep(2, 'a');
    tags.keep(4, 'b');
    await tags.end(true);
    assert.deepEqual(calls, [
      'tag a shop-web:os-stage-0',
      'tag b shop-web:os-stage-1',
      'remove shop-web:os-stage-1',
      'remove shop-web:os-stage-2',
    ]);
    assert.ok([...names.keys()].every(isStageTag));
  });

  it('are all kept where the build fails, so that the next one goes on there', async () => {
    const { engine, names } = fake({ isSupervised: true });
    const tags = openStageTags({ engine, reference, recipe, signal });
    tags.keep(4, 'b');
    await tags.end(false);
    assert.deepEqual([...names], [['shop-web:os-stage-1', 'b']]);
  });

  it('get no tags where there is no supervisor', async () => {
    const { engine, calls } = fake({ isSupervised: false });
    const tags = openStageTags({ engine, reference, recipe, signal });
    tags.keep(2, 'a');
    await tags.end(true);
    assert.deepEqual(calls, []);
  });
});
