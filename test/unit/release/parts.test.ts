import assert from 'node:assert/strict';
import { plainService } from '../../../src/project/single-service.ts';
import { imageNameOf } from '../../../src/release/desired/container-name.ts';
import { BuildOutputReader } from '../../../src/release/build/build-output.ts';
import { toEngineMounts } from '../../../src/release/desired/container-mounts.ts';
import { stableJson } from '../../../src/release/desired/digest.ts';
import { parseEnvironment, withEnvironment } from '../../../src/release/desired/environment.ts';
import type { BuildEvent } from '../../../src/release/apply/events.ts';
import { inOrder, type RunningService } from '../../../src/release/running/project-services.ts';
import { dockerHub, findLogin, registryOf } from '../../../src/registry/registry-name.ts';
import { selectServices } from '../../../src/release/running/select-services.ts';
import { after as afterService, project, service } from '../../support/composition.ts';

describe('the output of the classic builder', () => {
  const read = (text: string, hiddenSteps = 0): { events: BuildEvent[]; reader: BuildOutputReader } => {
    const events: BuildEvent[] = [];
    const reader = new BuildOutputReader('web', { report: event => events.push(event), hiddenSteps });
    for (const piece of text.match(/[\s\S]{1,7}/g) ?? []) reader.read(piece);
    reader.end();
    return { events, reader };
  };

  it('is steps, what they print, and what comes from the cache', () => {
    const { events, reader } = read(
      'Step 1/2 : FROM busybox\n ---> 461244b9fcfc\nStep 2/2 : RUN make\n ---> Using cache\nStep 2/2 : RUN x\n ---> Running in 04ae643f049c\nhello\nRemoving intermediate container 04ae643f049c\n ---> 42cfd0db1f5d\nSuccessfully built 42cfd0db1f5d\nSuccessfully tagged x:latest\n',
    );
    assert.deepEqual(events, [
      { type: 'build-step', service: 'web', step: 1, of: 2, instruction: 'FROM busybox' },
      { type: 'build-step', service: 'web', step: 2, of: 2, instruction: 'RUN make' },
      { type: 'build-cached', service: 'web', step: 2 },
      { type: 'build-step', service: 'web', step: 2, of: 2, instruction: 'RUN x' },
      { type: 'build-output', service: 'web', text: 'hello' },
    ]);
    assert.deepEqual(reader.progress, {
      ...{ step: 2, of: 2, cachedSteps: 1, container: '04ae643f049c' },
    });
    assert.deepEqual(reader.said, ['hello']);
  });

  it('is free of what the engine paints, and of what was written over', () => {
    const { reader } = read(
      'Step 1/1 : RUN x\n\x1b[91mto stderr\n\x1b[0m 10%\r 55%\r100%\r\n\x1b[0mRemoving intermediate container 04ae643f049c\n',
    );
    assert.deepEqual(reader.said, ['to stderr', '100%']);
  });

  it('of the step that fails is kept, and where it is endless, its end', () => {
    const lines = Array.from({ length: 1200 }, (_, i) => `line ${i.toString()}\n`);
    const { reader } = read(`Step 1/2 : RUN a\nof another\nStep 2/2 : RUN b\n${lines.join('')}`);
    assert.equal(reader.said.length, 1001);
    assert.deepEqual(reader.said.slice(0, 2), ['… 200 lines before', 'line 200']);
    assert.equal(reader.said.at(-1), 'line 1199');
  });

  it('is quiet about FROM scratch, which is no layer', () => {
    const { events } = read('Step 1/2 : FROM scratch\n ---> \nStep 2/2 : COPY a /\n');
    assert.deepEqual(
      events.map(({ type }) => type),
      ['build-step', 'build-step'],
    );
  });

  it("sees the engine's own lines also behind the paint of what a command printed on stderr", () => {
    const { events } = read(
      'Step 1/1 : RUN x\n\x1b[91moops\n\x1b[0mRemoving intermediate container 04ae643f049c\n',
    );
    assert.deepEqual(events.slice(1), [{ type: 'build-output', service: 'web', text: 'oops' }]);
  });

  it('leaves out the steps that nobody wrote', () => {
    const { events } = read('Step 1/2 : FROM busybox\nStep 2/2 : LABEL os.build=x\n ---> Using cache\n', 1);
    assert.deepEqual(events, [
      { type: 'build-step', service: 'web', step: 1, of: 1, instruction: 'FROM busybox' },
    ]);
  });
});

describe('mounts', () => {
  it('are binds where the engine may make the source, and mounts where it must not', () => {
    const common = { isReadOnly: false, propagation: undefined, isOptional: false };
    const mounts = toEngineMounts(
      [
        { type: 'volume', volume: 'data', target: '/data', isReadOnly: true, isNoCopy: true },
        { type: 'volume', volume: undefined, target: '/anon', isReadOnly: false, isNoCopy: false },
        { ...common, type: 'bind', source: '/a', target: '/b', isCreated: true },
        {
          ...common,
          type: 'bind',
          source: '/lib/firmware',
          target: '/f',
          isCreated: false,
          isOptional: true,
        },
        { type: 'tmpfs', target: '/t', isReadOnly: true, sizeBytes: 64, mode: 0o1777, options: undefined },
      ],
      project([]).volumes,
    );
    assert.deepEqual(mounts, {
      Binds: ['shop_data:/data:ro,nocopy', '/a:/b:rw'],
      Mounts: [{ Type: 'bind', Source: '/lib/firmware', Target: '/f', ReadOnly: false }],
      Tmpfs: { '/t': 'ro,size=64,mode=1777' },
      anonymous: ['/anon'],
      optional: ['/lib/firmware'],
    });
  });
});

describe('the image of a service', () => {
  it('has a name that engines take, whatever the service is called', () => {
    const nameOf = (project: string, name: string): string =>
      imageNameOf({ name: project }, plainService(name));
    assert.deepEqual(
      [
        nameOf('shop', 'web'),
        nameOf('my_shop', 'web__2.x'),
        nameOf('shop-', 'Web.App'),
        nameOf('a___b', '_x._y.'),
      ],
      ['shop-web', 'my_shop-web__2.x', 'shop--web.app', 'a-b-x-y'],
    );
  });
});

describe('registries', () => {
  it('are told from an image by its first part', () => {
    for (const name of ['busybox', 'library/busybox:1', 'docker.io/library/busybox', 'a/b/c'])
      assert.equal(registryOf(name), dockerHub, name);
    assert.equal(registryOf('ghcr.io/a/b'), 'ghcr.io');
    assert.equal(registryOf('10.0.0.5:5000/a'), '10.0.0.5:5000');
    assert.equal(registryOf('localhost/a'), 'localhost');
  });

  it('are found with and without a scheme', () => {
    const login = { username: 'u', password: 'p', serveraddress: 'x' };
    assert.equal(findLogin({ 'https://ghcr.io': login }, 'ghcr.io/a/b'), login);
    assert.equal(findLogin({ 'index.docker.io': login }, 'busybox'), login);
    assert.equal(findLogin({ 'ghcr.io': login }, 'quay.io/a/b'), undefined);
  });
});

describe('variables', () => {
  it('are lines of a file, taken as they are', () => {
    assert.deepEqual(parseEnvironment('# no\nA=1\n\nB="x y"\r\nC=\nD'), [
      ['A', '1'],
      ['B', '"x y"'],
      ['C', ''],
    ]);
  });

  it('are taken from the user where a line has a name alone', () => {
    const users = { B: 'mine' };
    assert.deepEqual(
      parseEnvironment('  # A=1\n  A=1 \nB\nC\n', 'x.env', name => (users as Record<string, string>)[name]),
      [
        ['A', '1 '],
        ['B', 'mine'],
      ],
    );
  });

  it('are refused where a name has blanks, without what stands there, which may be secret', () => {
    for (const line of ['export A=1', 'A =1', '=1', 'secret words'])
      assert.throws(() => parseEnvironment(`X=1\n${line}`, 'x.env'), {
        code: 'usage',
        message: "x.env:2: a variable's name has no blanks",
      });
  });

  it('are for every service or for one', () => {
    const { services } = withEnvironment(
      project([service('a', { environment: { A: '0', Z: '9' } }), service('b')]),
      [
        ['A', '1'],
        ['b:B', '2'],
      ],
    );
    assert.deepEqual(
      services.map(({ environment }) => environment),
      [
        { A: '1', Z: '9' },
        { A: '1', B: '2' },
      ],
    );
    assert.throws(() => withEnvironment(project([service('a')]), [['x:A', '1']]), { code: 'usage' });
  });

  it('are set although the compose file gives them no value', () => {
    const a = service('a', { unsetVariables: ['A', 'B'] });
    const [only] = withEnvironment(project([a]), [['A', '1']]).services;
    assert.deepEqual([only?.environment, only?.unsetVariables], [{ A: '1' }, ['B']]);
  });
});

describe('services', () => {
  it('are selected with what they depend on', () => {
    const all = project([
      service('db'),
      service('web', { dependsOn: [afterService('db')] }),
      service('other'),
    ]);
    assert.deepEqual(
      selectServices(all, ['web']).map(({ name }) => name),
      ['db', 'web'],
    );
    assert.throws(() => selectServices(all, ['wbe']), { code: 'usage', hint: 'it has db, web, other' });
  });

  it('are put in the order of what they depend on, also in a circle', () => {
    const running = (name: string, ...dependsOn: string[]): RunningService => ({
      ...{ project: 'shop', service: name, container: name, id: name, state: 'running', status: '' },
      ...{ image: '', ports: [], dependsOn },
    });
    const order = inOrder([running('a', 'b'), running('b', 'c'), running('c', 'a'), running('d')]);
    assert.deepEqual(
      order.map(it => it.service),
      ['c', 'b', 'a', 'd'],
    );
  });

  it('have the same digest in whatever order they are written', () => {
    assert.equal(stableJson({ b: [{ y: 1, x: 2 }], a: 1 }), stableJson({ a: 1, b: [{ x: 2, y: 1 }] }));
    assert.equal(stableJson({ a: 1, b: undefined }), '{"a":1}');
  });
});
