import assert from 'node:assert/strict';
import type { ImageDetails } from '../../../../src/engine/objects.ts';
import { listBuildSteps } from '../../../../src/project/dockerfile/evaluate/build-steps.ts';
import { parseDockerfile } from '../../../../src/project/dockerfile/parse/parse-dockerfile.ts';
import type { RememberedBuild } from '../../../../src/release/build/build-memory.ts';
import type { BuildRecipe } from '../../../../src/release/desired/desired.ts';
import {
  predictReruns,
  rememberBuild,
  type KnownFacts,
} from '../../../../src/release/build/predict-build.ts';
import { evaluateDockerfile } from '../../../../src/project/dockerfile/evaluate/evaluate-dockerfile.ts';
import { fakeImage } from '../../../support/fake-engine.ts';

type Known = BuildRecipe & KnownFacts;

interface Described {
  readonly dockerfile?: string;
  readonly files?: Record<string, string>;
  readonly args?: Record<string, string>;
  readonly base?: string;
}

const plain = 'FROM busybox\nCOPY a /a\nRUN make\nCOPY src /src\nCMD x\n';
const someFiles = { a: '1', 'src/': '0', 'src/b': '1', 'src/c': '1', 'src/d': '1', 'src/e': '1' };

/** Only what a prediction looks at. */
function recipe({ dockerfile = plain, files = someFiles, args = {} }: Described): Known {
  const entries = new Map(Object.entries(files));
  const steps = listBuildSteps(evaluateDockerfile(parseDockerfile(dockerfile), { buildArgs: args }));
  const contents = { digest: JSON.stringify(files), entries, copied: entries };
  return { contents, steps, isCacheUsed: true } as unknown as Known;
}

const imagesOf = ({ base = 'sha256:one' }: Described): Map<string, ImageDetails> =>
  new Map([['busybox', fakeImage(base)]]);

/** What is predicted for `now` after the builds `before`, the last one last. */
function predict(before: readonly Described[], now: Described): string[] {
  let formerBuild: RememberedBuild | undefined;
  let former: Known['former'];
  for (const one of before) {
    const built = recipe(one);
    formerBuild = rememberBuild(built, { ...built, formerBuild }, imagesOf(one));
    former = { context: built.contents.digest, entries: built.contents.entries };
  }
  const known = recipe(now);
  const reruns = predictReruns(known, { ...known, formerBuild, former }, imagesOf(now));
  return reruns.map(
    ({ step, cause, isCertain, more }) =>
      `${step.toString()}${isCertain ? '' : '?'} +${more.toString()}: ${cause}`,
  );
}

describe('a prediction of what a build runs again', () => {
  it('names the first few files, and counts the others', () => {
    const { 'src/b': _, ...rest } = someFiles;
    assert.deepEqual(predict([{}], { files: { ...rest, 'src/c': '2' } }), [
      '4 +1: src/c, src/b (removed) changed',
    ]);
    const all = { 'src/b': '2', 'src/c': '2', 'src/d': '2', 'src/e': '2', 'src/f': '2' };
    assert.deepEqual(predict([{}], { files: { ...someFiles, ...all } }), [
      '4 +1: src/b, src/c, src/d and 2 more changed',
    ]);
  });

  it('is empty when nothing changed, when nothing is known, and for what an earlier build has left', () => {
    assert.deepEqual(predict([{}], {}), []);
    assert.deepEqual(predict([], {}), []);
    assert.deepEqual(predict([{}, { files: { ...someFiles, a: '2' } }], {}), []);
  });

  it('tells changed lines, build arguments and base images', () => {
    assert.deepEqual(predict([{}], { dockerfile: plain.replace('make', 'make all') }), [
      '3 +2: the Dockerfile changed here',
    ]);
    assert.deepEqual(predict([{}], { base: 'sha256:two' }), ['2 +3: the image busybox changed']);
    const dockerfile = plain.replace('RUN', 'ARG V\nRUN');
    assert.deepEqual(predict([{ dockerfile, args: { V: '1' } }], { dockerfile, args: { V: '2' } }), [
      '4 +2: build argument V changed',
    ]);
  });

  it('keeps stages apart, and is not certain of files that come out of one', () => {
    const dockerfile =
      'FROM busybox AS tools\nCOPY a /a\nFROM busybox\nCOPY src /src\nCOPY --from=tools /a /a\nFROM tools\nRUN x\n';
    assert.deepEqual(predict([{ dockerfile }], { dockerfile, files: { ...someFiles, a: '2' } }), [
      '2 +0: a changed',
      '5? +0: stage tools is rebuilt',
      '7 +0: stage tools is rebuilt',
    ]);
  });

  it('remembers of build arguments nothing that can be read', () => {
    const it = recipe({ dockerfile: 'FROM busybox\nARG KEY\nRUN x\n', args: { KEY: 'S3CRET' } });
    assert.doesNotMatch(JSON.stringify(rememberBuild(it, it, imagesOf({}))), /S3CRET/);
  });
});
