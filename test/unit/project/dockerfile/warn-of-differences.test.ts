import assert from 'node:assert/strict';
import type { BuildPlace } from '../../../../src/project/build.ts';
import { checkClassicBuilder } from '../../../../src/project/dockerfile/check-classic.ts';
import { parseDockerfile } from '../../../../src/project/dockerfile/parse/parse-dockerfile.ts';
import { formatProblem, Problems, type PlaceAt } from '../../../../src/project/problem.ts';

const placeAt: PlaceAt = (line, column) => ({ file: '/p/Dockerfile', line, column });

function warningsOf(
  lines: readonly string[],
  place: BuildPlace = 'device',
  buildArgs: Readonly<Record<string, string>> = {},
): string[] {
  const problems = new Problems();
  checkClassicBuilder(parseDockerfile(`${lines.join('\n')}\n`), { placeAt, buildArgs, place }, problems);
  assert.deepEqual(problems.errors, []);
  return problems.warnings.map(it => formatProblem(it, '/p'));
}

const dropped = (at: string, volume: string, line: number, builder = "the device's builder"): string =>
  `Dockerfile:${at}: RUN: ${builder} drops what it changes below ${volume}, BuildKit keeps it: put the VOLUME (line ${line.toString()}) after it`;

describe('a RUN below a VOLUME', () => {
  it('is named with its line and the line of the VOLUME, once a volume, wherever the build is', () => {
    const lines = ['FROM busybox', 'VOLUME /data', 'RUN echo x > /data/f', 'RUN rm /data/f'];
    assert.deepEqual(warningsOf(lines), [dropped('3:1', '/data', 2)]);
    assert.deepEqual(warningsOf(lines, 'local'), [dropped('3:1', '/data', 2, "a device's builder")]);
  });

  it('is found by relative paths, working directories, variables and stages', () => {
    const cases: readonly (readonly string[])[] = [
      ['FROM a', 'VOLUME ["/log", "/data/"]', 'RUN cd /data && make'],
      ['FROM a', 'VOLUME data', 'RUN echo x > data/f'],
      ['FROM a', 'VOLUME /data', 'WORKDIR /data/sub', 'RUN npm ci'],
      ['FROM a', 'ENV D=/data', 'VOLUME $D', 'RUN chown -R 5 "${D}"'],
      ['FROM a AS b', 'VOLUME /data', 'FROM b', 'RUN ["touch", "/data/f"]'],
      ['FROM a', 'VOLUME /data', 'RUN --mount=type=cache,target=/c dd of=/data/f'],
    ];
    for (const lines of cases) {
      const found = warningsOf(lines, 'local');
      assert.equal(found.length, 1, lines.join('\n'));
      assert.match(found[0] ?? '', /: RUN: a device's builder drops what it changes below \/data, /);
    }
  });

  it('causes no warning before the VOLUME, beside it, or as a COPY, which both builders keep', () => {
    const cases: readonly (readonly string[])[] = [
      ['FROM a', 'RUN echo x > /data/f', 'VOLUME /data'],
      ['FROM a', 'VOLUME /data', 'RUN echo x > /database; echo y > /other/data/f'],
      ['FROM a', 'VOLUME /data', 'COPY f /data/', 'ADD g /data/'],
      ['FROM a', 'VOLUME /data', 'FROM b', 'RUN echo x > /data/f'],
    ];
    for (const lines of cases) assert.deepEqual(warningsOf(lines, 'local'), [], lines.join('\n'));
  });
});

describe('a WORKDIR that a user makes', () => {
  it('is named where the two builders give it to different users', () => {
    const owner = (builder: string): string =>
      `Dockerfile:3:1: WORKDIR: if the base image has no /home/node/app, ${builder} makes it for root, and BuildKit for node: make it before, with its owner`;
    const lines = ['FROM node', 'USER node', 'WORKDIR /home/node/app'];
    assert.deepEqual(warningsOf(lines), [owner("the device's builder")]);
    assert.deepEqual(warningsOf(lines, 'local'), [owner("a device's builder")]);
  });

  it('causes no warning if it is there already, gets its owner later, or is of root', () => {
    const cases: readonly (readonly string[])[] = [
      ['FROM a', 'RUN mkdir /app && chown app /app', 'USER app', 'WORKDIR /app'],
      ['FROM a', 'COPY --chown=app . /app', 'USER app', 'WORKDIR /app'],
      ['FROM a', 'WORKDIR /app', 'USER app', 'WORKDIR /app'],
      ['FROM a', 'WORKDIR /app/sub', 'USER app', 'WORKDIR ..'],
      ['FROM a', 'USER app', 'WORKDIR /app', 'USER root', 'RUN chown -R app /app'],
      ['FROM a', 'USER 0:0', 'WORKDIR /app'],
      ['FROM a', 'USER app', 'WORKDIR /home/app', 'WORKDIR /tmp', 'WORKDIR /usr/src'],
    ];
    for (const lines of cases) assert.deepEqual(warningsOf(lines), [], lines.join('\n'));
  });
});

describe('an ARG of the stage that a stage starts from', () => {
  it('is named where it is used, once, since only BuildKit passes it on', () => {
    const lines = ['FROM a AS b', 'ARG V=1', 'FROM b', 'RUN echo $V', 'ENV W=${V}'];
    const inherited = (builder: string): string =>
      `Dockerfile:4:1: RUN: V, an ARG of the stage b, is empty for ${builder}, and BuildKit has its value: repeat the ARG in this stage, with its default`;
    assert.deepEqual(warningsOf(lines), [inherited("the device's builder")]);
    assert.deepEqual(warningsOf(lines, 'local'), [inherited("a device's builder")]);
    const copied = ['FROM a AS b', 'ARG V', 'FROM b', 'COPY f /$V/'];
    assert.match(warningsOf(copied, 'local', { V: '2' })[0] ?? '', /^Dockerfile:4:1: COPY: V, an ARG of /);
  });

  it('causes no warning with a value of the stage itself, or without any', () => {
    const cases: readonly (readonly string[])[] = [
      ['FROM a AS b', 'ARG V=1', 'FROM b', 'ARG V=1', 'RUN echo $V'],
      ['FROM a AS b', 'ARG V=1', 'ENV V=$V', 'FROM b', 'RUN echo $V'],
      ['FROM a AS b', 'ARG V', 'FROM b', 'RUN echo $V'],
      ['FROM a AS b', 'ARG V=1', 'FROM b', 'RUN echo $VERY'],
      ['ARG V=1', 'FROM a AS b', 'ARG V', 'FROM b', 'ARG V', 'RUN echo $V'],
    ];
    for (const lines of cases) assert.deepEqual(warningsOf(lines), [], lines.join('\n'));
  });
});
