import assert from 'node:assert/strict';
import { parseDockerfile } from '../../../../../src/project/dockerfile/parse/parse-dockerfile.ts';
import { readSettings, type EngineConfig } from '../../../../../src/release/build/delta/image-settings.ts';

const base: EngineConfig = { Cmd: ['sh'], Env: ['PATH=/bin', 'A=1'], Labels: null };

/** The configuration after `lines`, of which `done` are in the image already. */
function apply(lines: readonly string[], done: readonly string[] = []): EngineConfig | undefined {
  const { instructions } = parseDockerfile(['FROM x', ...done, ...lines, ''].join('\n'));
  const places = [...instructions.keys()];
  return readSettings(instructions, {
    done: places.slice(0, done.length + 1),
    rest: places.slice(done.length + 1),
  })?.(base);
}

describe('instructions that change an image’s configuration alone', () => {
  it('are carried out as the builder does', () => {
    assert.deepEqual(apply(['CMD ["a", "b"]'])?.Cmd, ['a', 'b']);
    assert.deepEqual(apply(['CMD a  $b'])?.Cmd, ['/bin/sh', '-c', 'a  $b']);
    assert.deepEqual(apply(['ENV A=2 B="x y"'])?.Env, ['PATH=/bin', 'A=2', 'B=x y']);
    assert.deepEqual(apply(['LABEL a.b=c', "LABEL d='e f'"])?.Labels, { 'a.b': 'c', d: 'e f' });
    assert.deepEqual(apply(['EXPOSE 80 53/udp'])?.ExposedPorts, { '80/tcp': {}, '53/udp': {} });
    assert.deepEqual(apply(['USER 7:8'])?.User, '7:8');
    assert.deepEqual(apply(['HEALTHCHECK NONE'])?.Healthcheck, { Test: ['NONE'] });
    assert.deepEqual(apply(['HEALTHCHECK --interval=3s --retries=2 CMD test -f /up'])?.Healthcheck, {
      Test: ['CMD-SHELL', 'test -f /up'],
      Interval: 3_000_000_000,
      Retries: 2,
    });
  });

  it('clear a CMD of the base image by ENTRYPOINT, and keep one of the same stage', () => {
    assert.deepEqual(apply(['ENTRYPOINT ["e"]'])?.Cmd, null);
    assert.deepEqual(apply(['ENTRYPOINT ["e"]'], ['CMD ["c"]'])?.Cmd, ['sh']);
    assert.deepEqual(apply(['CMD ["c"]', 'ENTRYPOINT ["e"]'])?.Cmd, ['c']);
  });

  it('are left to the builder where only it can tell their outcome', () => {
    for (const line of [
      'ENV A=$B',
      'ENV A 1',
      'LABEL "a b"=c',
      'EXPOSE 8000-8002',
      'EXPOSE $PORT',
      'USER $WHO',
      'HEALTHCHECK --interval=soon CMD true',
      'RUN true',
      'WORKDIR /app',
      'CMD a \\\n  b',
    ])
      assert.equal(apply([line]), undefined, line);
  });
});
