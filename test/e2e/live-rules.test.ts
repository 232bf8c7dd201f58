import fc from 'fast-check';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { readProject } from '../../src/project/read-project.ts';
import { anyDockerfile, variousContext } from '../support/any-dockerfile.ts';
import { deviceEnvironment, upTimeoutMs } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { openLiveProject, useLiveDevice } from '../support/live-project.ts';
import { containerOf, openSession } from '../support/live-session.ts';
import { buildContainer, decidePlaced, engineOf, readPlaced } from '../support/placed-files.ts';
import { runOs } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

/** Runs until it is told to end. */
const idle = `trap 'exit 0' TERM; sleep 99999 & wait`;

describe('what a live session does about an edit', function () {
  this.timeout(upTimeoutMs);
  const { device, inside } = useLiveDevice();

  /** Another one when the service has been started again. */
  const startOf = (): Promise<string> => inside(`cut -d' ' -f22 /proc/1/stat`);
  const holds = (file: string, content: string): Promise<void> =>
    eventually(async () => assert.equal(await inside(`cat ${file}`), content));

  it('goes to where the builder puts the file, whatever the Dockerfile', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { ...variousContext, Dockerfile: 'FROM scratch\n' });
    const [service] = (await readProject(temp.path, {})).services;
    assert.ok(service?.build !== undefined);
    const { build } = service;
    await using engine = await engineOf(device());
    const isPlaced = async (text: string): Promise<void> => {
      const name = `placed-${randomBytes(4).toString('hex')}`;
      const own = { ...build, dockerfile: { ...build.dockerfile, text, nameInContext: undefined } };
      const id = await buildContainer(engine, name, own);
      if (id === undefined) return;
      const { placed, contents } = await decidePlaced(engine, name, service, own);
      assert.deepEqual(placed, await readPlaced(engine, id, it => contents.has(it)), text);
      await engine.removeContainer(id);
    };
    const several = fc.array(anyDockerfile, { minLength: 4, maxLength: 4 });
    const property = fc.asyncProperty(several, async texts => {
      await Promise.all(texts.map(isPlaced));
    });
    // A later step puts a file where an earlier one made a directory.
    const known = 'FROM busybox\nCOPY sub /a.txt/y/\nRUN rm -r /a.txt\nCOPY a.txt /\nCMD ["x"]';
    await fc.assert(property, { numRuns: 3, endOnFailure: true, examples: [[[known]]] });
  });

  describe('with directives for live sync', () => {
    const dockerfile = [
      ...['FROM busybox', 'RUN mkdir -m 777 /made', 'WORKDIR /app', 'COPY list .', 'USER nobody'],
      '#dev-env=MODE=live',
      '#dev-copy=--chown=nobody:nogroup tools /tools/',
      '#dev-run=cat list >>/made/log && echo "$MODE $(id -un) $(pwd)" >>/made/log',
      `#dev-cmd-live=${idle}`,
      ...['COPY src src', 'RUN echo 1 >/made/by-run', 'CMD ["sleep", "1000"]', ''],
    ].join('\n');
    const tree = {
      Dockerfile: dockerfile,
      'compose.yaml': 'services:\n  main:\n    build: .\n    network_mode: none\n    init: true\n',
      list: 'one\n',
      'src/a.txt': 'one\n',
      'tools/x': 'x\n',
    };

    it('builds by them, runs them again in the container, and leaves the rest to the live command', async () => {
      await using project = await openLiveProject(device(), tree);
      const id = await containerOf(device(), 'main');
      assert.equal(await inside('cat /made/log /tools/x; ls /made'), 'one\nlive nobody /app\nx\nlog\n');
      const start = await inside('pidof sh');
      await writeFile(project.at('src/a.txt'), 'two\n');
      await holds('/app/src/a.txt', 'two\n');
      assert.equal(await inside('pidof sh'), start);
      await writeFile(project.at('list'), 'two\n');
      await project.session.next('restarted');
      assert.equal(await inside('cat /made/log'), 'one\nlive nobody /app\ntwo\nlive nobody /app\n');
      assert.equal(await containerOf(device(), 'main'), id);
    });

    it('rebuilds the service for a RUN that can not be repeated, and goes on', async () => {
      await using project = await openLiveProject(device(), tree);
      const id = await containerOf(device(), 'main');
      await inside('chmod 555 /made; chmod 444 /made/log');
      await writeFile(project.at('list'), 'two\n');
      const ran = await project.session.next('command-finished');
      assert.notEqual(ran.exitCode, 0);
      const { cause } = await project.session.next('rebuilding');
      assert.match(cause, /^RUN cat list .* \(line 8\) fails in the container$/);
      await eventually(async () => assert.notEqual(await containerOf(device(), 'main'), id));
      await holds('/made/log', 'two\nlive nobody /app\n');
      await writeFile(project.at('src/a.txt'), 'three\n');
      await holds('/app/src/a.txt', 'three\n');
    });

    it('syncs what is edited while one runs before the next one, and restarts the service once', async () => {
      const lines = ['FROM busybox', 'WORKDIR /app', 'COPY one .', '#dev-run=sleep 2; cat one >>/log'];
      lines.push('COPY two .', '#dev-run=cat two >>/log', `#dev-cmd-live=${idle}`, 'CMD ["true"]', '');
      const files = { Dockerfile: lines.join('\n'), one: 'a\n', two: 'b\n' };
      await using project = await openLiveProject(device(), files);
      await writeFile(project.at('one'), 'c\n');
      await project.session.next('command-started');
      await writeFile(project.at('two'), 'd\n');
      await project.session.next('restarted');
      assert.equal(await inside('cat /log'), 'a\nb\nc\nd\n');
    });

    it('leaves them comments in a detached push, whose image is another one', async () => {
      await using project = await openLiveProject(device(), tree);
      await project.session.interrupt();
      const args = ['push', device().address, '-s', project.directory, '--detach'];
      const detached = await runOs(args, { env: deviceEnvironment() });
      assert.equal(detached.code, 0, detached.stderr);
      assert.match(detached.stderr, /its image was built for live sync/);
      assert.equal(await inside('ls /made; ls /tools 2>/dev/null; echo $MODE'), 'by-run\n\n');
      const again = await runOs([...args.slice(0, -1), '--dry-run'], { env: deviceEnvironment() });
      assert.match(again.stdout + again.stderr, /it is built for live sync/);
      await using _session = await openSession(device(), project.directory);
      assert.equal(await inside('cat /made/log'), 'one\nlive nobody /app\n');
    });

    it('refuses one that is wrong with its place, and only where it counts', async () => {
      await using temp = await openTempDirectory();
      await makeTree(temp.path, { ...tree, Dockerfile: `FROM busybox\nCMD ["true"]\n  #dev-run=\n` });
      const push = ['push', device().address, '-s', temp.path];
      const refused = await runOs(push, { env: deviceEnvironment() });
      assert.equal(refused.code, 7);
      assert.match(refused.stderr, /Dockerfile:3:3: #dev-run: says nothing after the =/);
      const built = await runOs(['build', ...push.slice(1)], { env: deviceEnvironment() });
      assert.equal(built.code, 0, built.stderr);
    });
  });

  it('follows each action of develop.watch', async () => {
    const said = `echo "$$WHO $$(id -un) $$(pwd) $$(cat /conf/a)" >>/tmp/said`;
    await using project = await openLiveProject(device(), {
      Dockerfile: `FROM busybox\nCOPY baked /baked\nCMD ${idle}\n`,
      'compose.yaml': `services:
  main:
    build: .
    develop:
      watch:
        - {action: sync, path: static, target: /static, ignore: ["*.md"], initial_sync: true}
        - {action: sync+restart, path: srv, target: /srv/main}
        - {action: restart, path: flag}
        - {action: rebuild, path: baked, include: ["*.txt"]}
        - action: sync+exec
          path: conf
          target: /conf
          exec:
            command: ["sh", "-c", ${JSON.stringify(said)}]
            user: nobody
            working_dir: /tmp
            environment: {WHO: me}
`,
      'static/a': '1',
      'static/a.md': '1',
      'srv/a': '1',
      flag: '1',
      'conf/a': '1',
      'baked/a.txt': '1',
      'baked/b.bin': '1',
    });
    await holds('/tmp/said', 'me nobody /tmp 1\n');
    await project.session.next('restarted');
    const id = await containerOf(device(), 'main');
    const restarts = async (act: () => Promise<void>): Promise<boolean> => {
      const start = await startOf();
      const seen = project.session.events.length;
      await act();
      const isRestarted = project.session.events.slice(seen).some(it => it.type === 'restarted');
      assert.equal(isRestarted, (await startOf()) !== start);
      return isRestarted;
    };
    const edit = async (name: string, file: string): Promise<void> => {
      await writeFile(project.at(name), '2');
      await holds(file, '2');
    };
    assert.equal(await restarts(() => edit('static/a', '/static/a')), false);
    assert.equal(await restarts(() => edit('conf/a', '/conf/a')), false);
    await holds('/tmp/said', 'me nobody /tmp 1\nme nobody /tmp 2\n');
    const next = (from: number): Promise<unknown> => project.session.next('restarted', from);
    for (const [name, file] of [
      ['srv/a', '/srv/main/a'],
      ['baked/b.bin', '/baked/b.bin'],
    ] as const)
      assert.ok(
        await restarts(async () => {
          const seen = project.session.events.length;
          await edit(name, file);
          await next(seen);
        }),
      );
    assert.ok(
      await restarts(async () => {
        const seen = project.session.events.length;
        await writeFile(project.at('flag'), '2');
        await next(seen);
      }),
    );
    assert.equal(await containerOf(device(), 'main'), id);
    assert.equal(await inside('ls /static'), 'a\n');
    await edit('baked/a.txt', '/baked/a.txt');
    assert.notEqual(await containerOf(device(), 'main'), id);
  });

  it('keeps the session when what sync+exec runs fails', async () => {
    await using project = await openLiveProject(device(), {
      Dockerfile: `FROM busybox\nCMD ${idle}\n`,
      'compose.yaml': `services:
  main:
    build: .
    develop:
      watch:
        - {action: sync+exec, path: conf, target: /conf, exec: {command: cat /conf/b}}
`,
      'conf/a': '1',
    });
    const failed = await project.session.next('command-finished');
    assert.equal(failed.exitCode, 1);
    assert.match(failed.output.join('\n'), /can't open '\/conf\/b'/);
    const seen = project.session.events.length;
    await writeFile(project.at('conf/b'), 'there\n');
    const { exitCode, output } = await project.session.next('command-finished', seen);
    assert.deepEqual([exitCode, output], [0, ['there']]);
  });

  it('recreates the container for an env file, and rebuilds the image for build variables', async () => {
    await using project = await openLiveProject(device(), {
      Dockerfile: `FROM busybox\nARG WORD=none\nRUN echo "$WORD" >/word\nCMD ${idle}\n`,
      'compose.yaml':
        'services:\n  main:\n    build: .\n    network_mode: none\n    env_file: [conf/main.env]\n',
      'conf/main.env': 'GREETING=one\n',
      '.balena/balena.yml': 'build-variables:\n  global:\n    - WORD=one\n',
    });
    assert.equal(await inside('echo $GREETING; cat /word'), 'one\none\n');
    await writeFile(project.at('conf/main.env'), 'GREETING=two\n');
    await eventually(async () => assert.equal(await inside('echo $GREETING'), 'two\n'));
    await writeFile(project.at('.balena/balena.yml'), 'build-variables:\n  global:\n    - WORD=two\n');
    await holds('/word', 'two\n');
  });

  it('syncs again what a temporary file system loses when the service restarts, once for an edit', async () => {
    await using project = await openLiveProject(device(), {
      Dockerfile: `FROM busybox\nCOPY app /app\nCMD ${idle}\n`,
      'compose.yaml':
        'services:\n  main:\n    build: .\n    network_mode: none\n    init: true\n    tmpfs: [/app]\n',
      'app/a.txt': 'one\n',
    });
    const start = await startOf();
    await holds('/app/a.txt', 'one\n');
    await writeFile(project.at('app/a.txt'), 'two\n');
    await project.session.next('restarted');
    await holds('/app/a.txt', 'two\n');
    assert.notEqual(await startOf(), start);
    const engine = `http://${device().address}:${String(device().ports.engine)}`;
    const id = await containerOf(device(), 'main');
    await fetch(`${engine}/containers/${id}/restart`, { method: 'POST' });
    await holds('/app/a.txt', 'two\n');
    const restarts = project.session.events.filter(it => it.type === 'restarted');
    assert.equal(restarts.length, 1);
  });

  it('never removes what an image has besides what was copied into it', async () => {
    await using project = await openLiveProject(device(), {
      Dockerfile: `FROM busybox\nCOPY rootfs /\nCMD ${idle}\n`,
      'compose.yaml': 'services:\n  main:\n    build: .\n    network_mode: none\n    init: true\n',
      'rootfs/etc/main.conf': '1',
      'rootfs/srv/a': '1',
    });
    await rm(project.at('rootfs/etc'), { recursive: true });
    const { cause } = await project.session.next('rebuilding');
    assert.equal(cause, 'rootfs/etc is gone, and the image has a file or directory of its own at /etc');
    await eventually(
      async () => assert.equal(await inside('ls /etc/main.conf 2>/dev/null; cat /srv/a'), '1'),
      30_000,
    );
    assert.match(await inside('cat /etc/passwd'), /root/);
  });
});
