import assert from 'node:assert/strict';
import { listBuildSteps } from '../../../../../src/project/dockerfile/evaluate/build-steps.ts';
import { evaluateDockerfile } from '../../../../../src/project/dockerfile/evaluate/evaluate-dockerfile.ts';
import { parseDockerfile } from '../../../../../src/project/dockerfile/parse/parse-dockerfile.ts';
import type { BuildStep } from '../../../../../src/project/dockerfile/evaluate/build-steps.ts';
import type { BuildRecipe } from '../../../../../src/release/desired/desired.ts';
import type { TracedStep } from '../../../../../src/release/build/build-memory.ts';
import { causeOfFullBuild, planStages } from '../../../../../src/release/build/delta/plan-stages.ts';
import { traceBuild } from '../../../../../src/release/build/predict-build.ts';

interface Described {
  readonly lines: readonly string[];
  /** The content of the file `a`. */
  readonly a?: string;
}

function trace({ lines, a = '1' }: Described): [BuildStep[], TracedStep[]] {
  const steps = listBuildSteps(
    evaluateDockerfile(parseDockerfile(`${lines.join('\n')}\n`), { buildArgs: {} }),
  );
  return [steps, traceBuild({ steps }, { copied: new Map([['a', a]]) }, new Map())];
}

/** How each stage of `now` starts after a full build of `before`, and the steps that are left to run. */
function plan(before: Described, now: Described): string[] {
  const former = trace(before)[1].map((step, i) => ({ ...step, image: `image${i.toString()}` }));
  const [steps, traced] = trace(now);
  return planStages({ steps }, traced, former).map(({ start, rest }) => {
    const left = rest.length === 0 ? '' : `, then ${rest.join(' ')}`;
    if (start.from === 'instruction') return `its FROM${left}`;
    const end = start.isFormerEnd ? ', the last one' : '';
    return `${start.image}${end}${start.from === 'layer' ? ' and a layer' : ''}${left}`;
  });
}

const lines = ['FROM busybox', 'COPY a /a', 'ENV X=1'];

describe('a build of which the last one has a part', () => {
  it('starts with the image of the last step that is as before', () => {
    assert.deepEqual(plan({ lines }, { lines }), ['image2, the last one']);
    assert.deepEqual(plan({ lines }, { lines: [...lines, 'RUN x'] }), ['image2, the last one, then 3']);
    assert.deepEqual(plan({ lines }, { lines: ['FROM busybox', 'COPY a /b'] }), ['image0, then 1']);
    assert.deepEqual(plan({ lines }, { lines: ['FROM alpine', 'COPY a /a'] }), ['its FROM, then 1']);
  });

  it('is not the image of the last one where steps at its end, or its last stage, are gone', () => {
    assert.deepEqual(plan({ lines }, { lines: lines.slice(0, 2) }), ['image1']);
    assert.deepEqual(plan({ lines: [...lines, 'FROM busybox', 'RUN y'] }, { lines }), ['image2']);
  });

  it('gets a layer for files that changed, on the last one only where all of its steps are left', () => {
    assert.deepEqual(plan({ lines }, { lines, a: '2' }), ['image2, the last one and a layer']);
    assert.deepEqual(plan({ lines }, { lines: lines.slice(0, 2), a: '2' }), ['image1 and a layer']);
    assert.deepEqual(plan({ lines: [...lines, 'RUN x'] }, { lines: [...lines, 'RUN x'], a: '2' }), [
      'image2 and a layer, then 3',
    ]);
  });
});

describe('a build', () => {
  const recipe = { isCacheUsed: true, isPulled: false, build: { secrets: [], cacheFrom: [] }, steps: [{}] };
  const causeOf = (text: string, changed: object = {}): string | undefined =>
    causeOfFullBuild({ ...recipe, ...changed } as unknown as BuildRecipe, parseDockerfile(text));
  const plain = 'FROM busybox\nCOPY a /a\n';

  it('takes a part of the last one where nothing is against it', () => {
    assert.equal(causeOf(plain), undefined);
  });

  it('is made in full where a part of the last one would be another image, or is not wanted', () => {
    assert.match(causeOf(`${plain}ONBUILD RUN x\n`) ?? '', /ONBUILD/);
    assert.match(causeOf(`${plain}RUN <<E\nx\nE\n`) ?? '', /here-documents/);
    assert.match(causeOf(plain, { isPulled: true }) ?? '', /pulled again/);
    assert.match(causeOf(plain, { isCacheUsed: false }) ?? '', /without the cache/);
    assert.match(causeOf(plain, { build: { secrets: [], cacheFrom: ['x'] } }) ?? '', /cache_from/);
    assert.match(causeOf(plain, { build: { secrets: [{}], cacheFrom: [] } }) ?? '', /secrets/);
  });
});
