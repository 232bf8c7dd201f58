import assert from 'node:assert/strict';
import path from 'node:path';
import { findBaseImages } from '../../../src/project/dockerfile/base-images.ts';
import { checkClassicBuilder, type PlaceAt } from '../../../src/project/dockerfile/check-classic.ts';
import { expandTemplate } from '../../../src/project/dockerfile/expand-template.ts';
import { findDockerfile } from '../../../src/project/dockerfile/find-dockerfile.ts';
import { parseDockerfile } from '../../../src/project/dockerfile/parse-dockerfile.ts';
import { formatProblem, Problems } from '../../../src/project/problem.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';
import { makeTree } from '../../support/tree.ts';

const device = { deviceType: 'raspberrypi3', arch: 'armv7hf' };

async function check(text: string): Promise<{ errors: string[]; warnings: string[] }> {
  const problems = new Problems();
  const placeAt: PlaceAt = (line, column) => ({ file: '/p/Dockerfile', line, column });
  checkClassicBuilder(await parseDockerfile(text), { placeAt, buildArgs: {} }, problems);
  const show = (list: Problems['errors']): string[] => list.map(it => formatProblem(it, '/p'));
  return { errors: show(problems.errors), warnings: show(problems.warnings) };
}

describe('a Dockerfile', () => {
  it("is the device type's before the architecture's before the template before the plain one", async () => {
    await using temp = await openTempDirectory();
    const order = ['Dockerfile', 'Dockerfile.template', 'Dockerfile.armv7hf', 'Dockerfile.raspberrypi3'];
    const kinds = ['plain', 'template', 'arch', 'device-type'];
    for (const [i, name] of order.entries()) {
      await makeTree(temp.path, { [name]: '' });
      const found = await findDockerfile(temp.path, 'Dockerfile', device);
      assert.deepEqual(found, { file: path.join(temp.path, name), kind: kinds[i] });
    }
    assert.equal((await findDockerfile(temp.path, 'Dockerfile', {}))?.kind, 'template');
  });

  it('has its template variables replaced, except in comments', () => {
    const problems = new Problems();
    const text =
      'FROM balenalib/%%BALENA_MACHINE_NAME%%-%%RESIN_ARCH%%\n# %%NOPE%%\nRUN echo %%BALENA_SERVICE_NAME%% %%ALSO_NOPE%%';
    const context = { ...device, serviceName: 'main', projectName: 'p' };
    assert.equal(
      expandTemplate(text, '/p/Dockerfile.template', context, problems),
      'FROM balenalib/raspberrypi3-armv7hf\n# %%NOPE%%\nRUN echo main %%ALSO_NOPE%%',
    );
    assert.match(
      problems.errors.map(it => formatProblem(it, '/p')).join(),
      /^Dockerfile\.template:3:34: unknown variable %%ALSO_NOPE%%; known are /,
    );
  });

  it('tells the images that have to be pulled', async () => {
    const text = [
      'ARG TAG=3.20',
      'ARG REPO=alpine',
      'FROM ${REPO}:$TAG AS base',
      'FROM --platform=linux/arm64 node:${NODE:-20} as Build',
      'COPY --from=base /a /b',
      'COPY --from=nginx:1 /a /b',
      'FROM scratch',
      'COPY --from=build /x /x',
      'COPY --from=0 /x /x',
      'FROM debian AS late',
    ].join('\n');
    const parsed = await parseDockerfile(text);
    assert.deepEqual(findBaseImages(parsed, {}), ['alpine:3.20', 'node:20', 'debian', 'nginx:1']);
    assert.deepEqual(findBaseImages(parsed, { buildArgs: { TAG: 'edge' }, target: 'build' }), [
      'alpine:edge',
      'node:20',
      'nginx:1',
    ]);
    assert.deepEqual(parsed.args, { TAG: '3.20', REPO: 'alpine' });
    assert.deepEqual(parsed.stages[1], { name: 'build', image: 'node:${NODE:-20}', line: 4, column: 1 });
  });

  it('that needs BuildKit is told so, instruction by instruction', async () => {
    const text = [
      '# syntax=docker/dockerfile:1',
      'FROM --platform=linux/arm64 alpine',
      'ARG TARGETARCH',
      'RUN --mount=type=cache,target=/x true',
      'COPY --link --chown=1:1 a b',
      'ADD --checksum=sha256:x http://x /y',
      'RUN <<EOF',
      'echo hi',
      'EOF',
      'COPYY a b',
    ].join('\n');
    assert.deepEqual(await check(text), {
      errors: [
        "Dockerfile:4:1: RUN: --mount needs BuildKit, which the device's builder is not",
        "Dockerfile:5:1: COPY: --link needs BuildKit, which the device's builder is not",
        "Dockerfile:6:1: ADD: --checksum needs BuildKit, which the device's builder is not",
        "Dockerfile:7:1: RUN: here-documents (<<) need BuildKit, which the device's builder is not: use && and \\",
        'Dockerfile:10:1: COPYY is not a Dockerfile instruction',
      ],
      warnings: [
        "Dockerfile:3:1: ARG TARGETARCH: the device's builder does not set it: pass it as a build argument, or give it a default",
      ],
    });
  });

  it('that names what is no image is told so, before the device is asked', async () => {
    const text = [
      'ARG NONE',
      'ARG TAG=1:2',
      'FROM $NONE AS Base',
      'FROM BASE AS two',
      'FROM MyApp:1',
      'FROM busybox:$TAG',
      'FROM a${TAG#1:}',
      'FROM GHCR.io:443/me/app_x:V1@sha256:0123456789abcdef0123456789abcdef',
      'COPY --from=base a b',
      'COPY --from=0 a b',
      'COPY --from=./x a b',
    ].join('\n');
    assert.deepEqual((await check(text)).errors, [
      'Dockerfile:3:1: FROM: $NONE is empty: give it a default, or a build argument',
      'Dockerfile:5:1: FROM: "MyApp:1" is not an image name: write it in lowercase',
      'Dockerfile:6:1: FROM: "busybox:1:2" is not an image name: write it like busybox, busybox:1.36 or ghcr.io/me/app:2',
      'Dockerfile:11:1: COPY --from: "./x" is not an image name: write it like busybox, busybox:1.36 or ghcr.io/me/app:2',
    ]);
  });

  it('that is plain passes', async () => {
    const text =
      'FROM a\nRUN --network 2>/dev/null || cat << x && [ 1 -lt 2 ]\nCMD ["a", "--b"]\nHEALTHCHECK --interval=5s CMD --x';
    assert.deepEqual(
      (
        await check(
          'FROM a\nRUN ls | sort << /dev/null\nHEALTHCHECK --interval=5s CMD true\nENTRYPOINT ["x"]',
        )
      ).errors,
      [],
    );
    assert.equal((await check(text)).errors.length, 1);
  });
});
