import assert from 'node:assert/strict';
import path from 'node:path';
import { findBaseImages } from '../../../../src/project/dockerfile/evaluate/base-images.ts';
import {
  evaluateDockerfile,
  findTarget,
} from '../../../../src/project/dockerfile/evaluate/evaluate-dockerfile.ts';
import type { BuildPlace } from '../../../../src/project/build.ts';
import { checkClassicBuilder } from '../../../../src/project/dockerfile/check-classic.ts';
import { expandTemplate } from '../../../../src/project/dockerfile/expand-template.ts';
import { findDockerfile } from '../../../../src/project/dockerfile/find-dockerfile.ts';
import { parseDockerfile } from '../../../../src/project/dockerfile/parse/parse-dockerfile.ts';
import { formatProblem, Problems, type PlaceAt } from '../../../../src/project/problem.ts';
import { read } from '../../../support/read-files.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';
import { makeTree } from '../../../support/tree.ts';

const device = { deviceType: 'raspberrypi3', arch: 'armv7hf' };
const askDevice = (): Promise<typeof device> => Promise.resolve(device);
const knowsNothing = (): Promise<object> => Promise.resolve({});

function check(text: string, place?: BuildPlace): { errors: string[]; warnings: string[] } {
  const problems = new Problems();
  const placeAt: PlaceAt = (line, column) => ({ file: '/p/Dockerfile', line, column });
  checkClassicBuilder(parseDockerfile(text), { placeAt, buildArgs: {}, place }, problems);
  const show = (list: Problems['errors']): string[] => list.map(it => formatProblem(it, '/p'));
  return { errors: show(problems.errors), warnings: show(problems.warnings) };
}

describe('the platform of a FROM', () => {
  it("is refused where the device's builder has nothing for it, with the ways out", () => {
    const hint = 'such as ARG BUILDPLATFORM=linux/arm64';
    const { errors } = check(
      'ARG OTHER\nFROM --platform=$BUILDPLATFORM a AS build\nFROM --platform=${OTHER} b\nFROM c',
    );
    assert.deepEqual(errors, [
      `Dockerfile:2:1: FROM --platform: $BUILDPLATFORM is empty for the device's builder: leave --platform out, or give it a default before the first FROM, ${hint}`,
      `Dockerfile:3:1: FROM --platform: \${OTHER} is empty for the device's builder: leave --platform out, or give it a default before the first FROM, ${hint.replace('BUILDPLATFORM', 'OTHER')}`,
    ]);
  });

  it('is fine with a default, and where BuildKit sets it', () => {
    const fine = [
      'ARG BUILDPLATFORM=linux/arm64\nFROM --platform=$BUILDPLATFORM a',
      'FROM --platform=${BUILDPLATFORM:-linux/arm/v7} a',
      'FROM --platform=linux/arm64 a',
    ];
    for (const text of fine) assert.deepEqual(check(text).errors, []);
    assert.deepEqual(check('FROM --platform=$BUILDPLATFORM a', 'local').errors, []);
  });
});

describe('a Dockerfile', () => {
  it("is the device type's before the architecture's before the template before the plain one", async () => {
    await using temp = await openTempDirectory();
    const order = ['Dockerfile', 'Dockerfile.template', 'Dockerfile.armv7hf', 'Dockerfile.raspberrypi3'];
    const kinds = ['plain', 'template', 'arch', 'device-type'];
    for (const [i, name] of order.entries()) {
      await makeTree(temp.path, { [name]: '' });
      const found = await findDockerfile(temp.path, 'Dockerfile', askDevice);
      assert.deepEqual(found, { file: path.join(temp.path, name), kind: kinds[i], undecided: [] });
    }
    const undecided = ['Dockerfile.armv7hf', 'Dockerfile.raspberrypi3'];
    assert.deepEqual((await findDockerfile(temp.path, 'Dockerfile', knowsNothing))?.undecided, undecided);
  });

  it('is found where it is called dockerfile, and beside files of other purposes without asking the device', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { dockerfile: '', 'Dockerfile.dev': '', 'Dockerfile.dockerignore': '' });
    const found = await findDockerfile(temp.path, 'Dockerfile', () => assert.fail('the device is asked'));
    assert.equal(found?.file, path.join(temp.path, 'dockerfile'));
    await makeTree(temp.path, { 'Dockerfile.worker': '' });
    assert.deepEqual((await findDockerfile(temp.path, 'Dockerfile', knowsNothing))?.undecided, []);
  });

  it('with template variables in an image that no template has is to be renamed, which is said once', async () => {
    const from = 'FROM balenalib/%%BALENA_MACHINE_NAME%%-debian';
    assert.deepEqual(check(from).errors, [
      'Dockerfile:1:1: FROM: %%BALENA_MACHINE_NAME%% is replaced in a template alone: call this file Dockerfile.template',
    ]);
    await assert.rejects(read({ 'Dockerfile.template': from }), ({ message }: Error) => {
      assert.match(
        message,
        /^Dockerfile\.template:1:16: %%BALENA_MACHINE_NAME%% is the type of the device, [^\n]*$/,
      );
      return true;
    });
  });

  it('has its template variables replaced, except in comments', async () => {
    const problems = new Problems();
    const text =
      'FROM balenalib/%%BALENA_MACHINE_NAME%%-%%RESIN_ARCH%%\n# %%NOPE%%\nRUN echo %%BALENA_SERVICE_NAME%% %%ALSO_NOPE%%';
    const context = { askDevice, serviceName: 'main', projectName: 'p' };
    assert.equal(
      await expandTemplate(text, '/p/Dockerfile.template', context, problems),
      'FROM balenalib/raspberrypi3-armv7hf\n# %%NOPE%%\nRUN echo main %%ALSO_NOPE%%',
    );
    assert.match(
      problems.errors.map(it => formatProblem(it, '/p')).join(),
      /^Dockerfile\.template:3:34: unknown variable %%ALSO_NOPE%%; known are /,
    );
  });

  it('tells the images that have to be pulled', () => {
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
    const parsed = parseDockerfile(text);
    const evaluated = evaluateDockerfile(parsed, { buildArgs: {} });
    assert.deepEqual(findBaseImages(evaluated), ['alpine:3.20', 'node:20', 'debian', 'nginx:1']);
    const edge = evaluateDockerfile(parsed, { buildArgs: { TAG: 'edge' } });
    assert.deepEqual(findBaseImages(edge, findTarget(edge.stages, 'build')), [
      'alpine:edge',
      'node:20',
      'nginx:1',
    ]);
    assert.deepEqual(parsed.stages[1], { name: 'build', image: 'node:${NODE:-20}', line: 4, column: 1 });
  });

  it('that needs BuildKit is told so, instruction by instruction', () => {
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
      'ONBUILD COPY --parents a b',
    ].join('\n');
    assert.deepEqual(check(text), {
      errors: [
        "Dockerfile:4:1: RUN: --mount needs BuildKit, which the device's builder is not",
        "Dockerfile:5:1: COPY: --link needs BuildKit, which the device's builder is not",
        "Dockerfile:6:1: ADD: --checksum needs BuildKit, which the device's builder is not",
        "Dockerfile:7:1: RUN: here-documents (<<) need BuildKit, which the device's builder is not: use && and \\",
        'Dockerfile:10:1: COPYY is not a Dockerfile instruction',
        "Dockerfile:11:1: COPY: --parents needs BuildKit, which the device's builder is not",
      ],
      warnings: [
        'Dockerfile:1:1: # syntax: has no effect on the device, whose builder is not BuildKit; --build-on local follows it',
        "Dockerfile:3:1: ARG TARGETARCH: the device's builder does not set it: pass it as a build argument, or give it a default",
      ],
    });
  });

  it('that adds a git repository needs BuildKit, as the classic builder would add its web page', () => {
    const refused = [
      'https://github.com/moby/buildkit.git#v0.10.1',
      'https://example.org/a.git?ref=${VERSION}',
      'https://example.org/a.git',
      'git@github.com:a/b.git',
      'ssh://git@example.org/a.git',
    ];
    for (const source of refused)
      assert.deepEqual(
        check(`FROM a\nADD ${source} /src/`).errors,
        [
          "Dockerfile:2:1: ADD: a git repository needs BuildKit, which the device's builder is not: use RUN git clone",
        ],
        source,
      );
    for (const source of [
      'https://example.org/a.git.tar.gz',
      'https://example.org/a?x=b.git',
      'a.git',
      './git@x',
    ])
      assert.deepEqual(check(`FROM a\nADD ${source} /src/`).errors, [], source);
  });

  it('that another program reads than the builder of Docker needs BuildKit', () => {
    const read = (image: string): string[] => check(`# syntax=${image}\nFROM a`).errors;
    assert.deepEqual(read('docker/dockerfile:1.7'), []);
    assert.deepEqual(read('docker/dockerfile-upstream:master'), []);
    assert.deepEqual(read('example.org/docker/dockerfile'), [
      "Dockerfile:1:1: # syntax: example.org/docker/dockerfile needs BuildKit, which the device's builder is not",
    ]);
  });

  it('is left to Docker where it is built on this machine', () => {
    const text = 'FROM a\nARG TARGETARCH\nRUN --mount=type=cache,target=/x true\nCOPY --link a b';
    assert.deepEqual(check(text, 'local'), { errors: [], warnings: [] });
    assert.deepEqual(check('RUN true', 'local').errors, ['Dockerfile:1:1: the Dockerfile has no FROM']);
  });

  it('that names what is no image is told so, before the device is asked', () => {
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
    assert.deepEqual(check(text).errors, [
      'Dockerfile:3:1: FROM: $NONE is empty: give it a default, or a build argument',
      'Dockerfile:5:1: FROM: "MyApp:1" is not an image name: write it in lowercase',
      'Dockerfile:6:1: FROM: "busybox:1:2" is not an image name: write it like busybox, busybox:1.36 or ghcr.io/me/app:2',
      'Dockerfile:11:1: COPY --from: "./x" is not an image name: write it like busybox, busybox:1.36 or ghcr.io/me/app:2',
    ]);
  });

  it('whose image lacks a variable is told which one', () => {
    const advice = 'has no value: give it a default before the first FROM, or a build argument';
    const { errors } = check(
      'ARG V\nFROM node:${V}-slim AS a\nFROM build-$TARGETARCH\nFROM b/C:${V:-1}\nFROM a',
    );
    assert.deepEqual(errors, [
      `Dockerfile:2:1: FROM: "node:-slim" is no image name, as V ${advice}`,
      `Dockerfile:3:1: FROM: "build-" is no image name, as TARGETARCH ${advice}`,
      'Dockerfile:4:1: FROM: "b/C:1" is not an image name: write it in lowercase',
    ]);
  });

  it('with a flag whose value follows a blank is told to write =, as the builder takes the value for a word', () => {
    const { errors } = check(
      'FROM --platform linux/arm64 a\nCOPY --chown 1:1 a /b\nHEALTHCHECK --interval 5s CMD true\nONBUILD COPY --from b /c /d',
    );
    const flags = ['1:1: FROM: --platform', '2:1: COPY: --chown', '3:1: HEALTHCHECK: --interval'];
    assert.deepEqual(
      errors,
      [...flags, '4:1: COPY: --from'].map(
        it => `Dockerfile:${it} has no value: write it with =, like ${it.replace(/.* /, '')}=…`,
      ),
    );
    assert.deepEqual(check('FROM a\nCOPY --chown= a /b').errors, []);
  });

  it('that is plain passes', () => {
    const text =
      'FROM a\nRUN --network 2>/dev/null || cat << x && [ 1 -lt 2 ]\nCMD ["a", "--b"]\nHEALTHCHECK --interval=5s CMD --x';
    assert.deepEqual(
      check('FROM a\nRUN ls | sort << /dev/null\nHEALTHCHECK --interval=5s CMD true\nENTRYPOINT ["x"]')
        .errors,
      [],
    );
    assert.equal(check(text).errors.length, 1);
  });
});
