import assert from 'node:assert/strict';
import type { ImageDetails } from '../../../src/engine/objects.ts';
import { listBuildSteps } from '../../../src/project/dockerfile/build-steps.ts';
import { parseDockerfile } from '../../../src/project/dockerfile/parse-dockerfile.ts';
import type { KnownRecipe, RememberedBuild } from '../../../src/release/desired.ts';
import { predictReruns, rememberBuild } from '../../../src/release/predict-build.ts';
import { fakeImage } from '../../support/fake-engine.ts';

interface Described {
  readonly dockerfile?: string;
  readonly files?: Record<string, string>;
  readonly args?: Record<string, string>;
  readonly base?: string;
}

const plain = 'FROM busybox\nCOPY a /a\nRUN make\nCOPY src /src\nCMD x\n';
const someFiles = { a: '1', 'src/': '0', 'src/b': '1', 'src/c': '1', 'src/d': '1', 'src/e': '1' };

/** Only what a prediction looks at. */
async function recipe({ dockerfile = plain, files = someFiles, args = {} }: Described): Promise<KnownRecipe> {
  const entries = new Map(Object.entries(files));
  const steps = listBuildSteps(await parseDockerfile(dockerfile), { buildArgs: args, target: undefined });
  const contents = { digest: JSON.stringify(files), entries, copied: entries };
  return { contents, steps, isCacheUsed: true } as unknown as KnownRecipe;
}

const imagesOf = ({ base = 'sha256:one' }: Described): Map<string, ImageDetails> =>
  new Map([['busybox', fakeImage(base)]]);

/** What is predicted for `now` after the builds `before`, the last one last. */
async function predict(before: readonly Described[], now: Described): Promise<string[]> {
  let formerBuild: RememberedBuild | undefined;
  let former: KnownRecipe['former'];
  for (const one of before) {
    const built = await recipe(one);
    formerBuild = rememberBuild({ ...built, formerBuild }, imagesOf(one));
    former = { context: built.contents.digest, entries: built.contents.entries };
  }
  const reruns = predictReruns({ ...(await recipe(now)), formerBuild, former }, imagesOf(now));
  return reruns.map(
    ({ step, cause, isCertain, further }) =>
      `${step.toString()}${isCertain ? '' : '?'} +${further.toString()}: ${cause}`,
  );
}

describe('a prediction of what a build runs again', () => {
  it('names the first few files, and counts the others', async () => {
    const { 'src/b': _, ...rest } = someFiles;
    assert.deepEqual(await predict([{}], { files: { ...rest, 'src/c': '2' } }), [
      '4 +1: src/c, src/b (removed) changed',
    ]);
    const all = { 'src/b': '2', 'src/c': '2', 'src/d': '2', 'src/e': '2', 'src/f': '2' };
    assert.deepEqual(await predict([{}], { files: { ...someFiles, ...all } }), [
      '4 +1: src/b, src/c, src/d and 2 more changed',
    ]);
  });

  it('is empty when nothing changed, when nothing is known, and for what an earlier build has left', async () => {
    assert.deepEqual(await predict([{}], {}), []);
    assert.deepEqual(await predict([], {}), []);
    assert.deepEqual(await predict([{}, { files: { ...someFiles, a: '2' } }], {}), []);
  });

  it('tells changed lines, build arguments and base images', async () => {
    assert.deepEqual(await predict([{}], { dockerfile: plain.replace('make', 'make all') }), [
      '3 +2: the Dockerfile changed here',
    ]);
    assert.deepEqual(await predict([{}], { base: 'sha256:two' }), ['2 +3: the image busybox changed']);
    const dockerfile = plain.replace('RUN', 'ARG V\nRUN');
    assert.deepEqual(await predict([{ dockerfile, args: { V: '1' } }], { dockerfile, args: { V: '2' } }), [
      '4 +2: build argument V changed',
    ]);
  });

  it('keeps stages apart, and is not certain of files that come out of one', async () => {
    const dockerfile =
      'FROM busybox AS tools\nCOPY a /a\nFROM busybox\nCOPY src /src\nCOPY --from=tools /a /a\nFROM tools\nRUN x\n';
    assert.deepEqual(await predict([{ dockerfile }], { dockerfile, files: { ...someFiles, a: '2' } }), [
      '2 +0: a changed',
      '5? +0: stage tools is made anew',
      '7 +0: stage tools is made anew',
    ]);
  });

  it('remembers of build arguments nothing that can be read', async () => {
    const it = await recipe({ dockerfile: 'FROM busybox\nARG KEY\nRUN x\n', args: { KEY: 'S3CRET' } });
    assert.doesNotMatch(JSON.stringify(rememberBuild(it, imagesOf({}))), /S3CRET/);
  });
});
