import assert from 'node:assert/strict';
import { rename, rm, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import {
  idleDockerfile,
  openLiveProject,
  quietCompose,
  quietProject,
  useLiveDevice,
} from '../support/live-project.ts';
import { containerOf, openSession } from '../support/live-session.ts';

/** Runs until it is told to end. */
const idle = `trap 'exit 0' TERM; sleep 99999 & wait`;

describe('a service in a live session', function () {
  this.timeout(upTimeoutMs);
  const { device, inside, converges } = useLiveDevice();

  it('starts a service again that does not reload by itself', async () => {
    await using project = await openLiveProject(device(), {
      Dockerfile: idleDockerfile.replace('date', 'printf unfinished; date'),
      'app/a.txt': 'one\n',
    });
    const before = await inside('cat /started');
    await writeFile(project.at('app/a.txt'), 'two\n');
    await project.session.next('restarted');
    await eventually(async () => {
      assert.equal(await inside('cat /app/a.txt'), 'two\n');
      assert.notEqual(await inside('cat /started'), before);
    });
    // What it had not finished to say is said when it ends.
    const said = (it: (typeof project.session.events)[number]): boolean =>
      it.type === 'log' && it.text === 'unfinished';
    await eventually(() => assert.equal(project.session.events.filter(said).length, 1));
  });

  it('mends a service that crashes in a loop', async () => {
    const crashing = `FROM busybox\nCOPY run.sh /run.sh\nCMD ["sh", "/run.sh"]\n`;
    await using project = await openLiveProject(device(), {
      Dockerfile: crashing,
      'compose.yaml': 'services:\n  main:\n    build: .\n    network_mode: none\n    restart: always\n',
      'run.sh': 'while :; do sleep 0.2; done\n',
    });
    await writeFile(project.at('run.sh'), 'exit 3\n');
    await project.session.next('restarted');
    const crashes = (): Promise<void> =>
      eventually(async () => {
        const id = await containerOf(device(), 'main');
        const { State } = (await device().engine(`/containers/${id}/json`)) as { State: { Status: string } };
        assert.equal(State.Status, 'restarting');
      });
    await crashes();
    await writeFile(project.at('run.sh'), 'echo mended >/mended; while :; do sleep 0.2; done\n');
    await eventually(async () => assert.equal(await inside('cat /mended'), 'mended\n'));
    await writeFile(project.at('run.sh'), 'exit 3\n');
    await crashes();
    await writeFile(project.at('Dockerfile'), 'FROM busybox\nCMD ["sleep", "1000"]\n');
    await eventually(async () => assert.equal(await inside('cat /proc/1/cmdline'), 'sleep\x001000\0'));
  });

  it('rebuilds the service for what a later RUN depends on, and for the Dockerfile', async () => {
    const built = `FROM busybox\nWORKDIR /app\nCOPY list .\nRUN tr a-z A-Z <list >/built\nCOPY app .\nCMD ["sleep", "1000"]\n`;
    await using project = await openLiveProject(device(), {
      Dockerfile: built,
      list: 'one',
      'app/a.txt': '1',
      'compose.yaml': 'services:\n  main:\n    build: .\n    network_mode: none\n    init: true\n',
    });
    await writeFile(project.at('list'), 'two');
    await eventually(async () => assert.equal(await inside('cat /built'), 'TWO'));
    await writeFile(project.at('Dockerfile'), built.replace('<list', '<list | rev'));
    await eventually(async () => assert.equal(await inside('cat /built'), 'OWT'));
    await writeFile(project.at('Dockerfile'), 'FROM busybox\nRUN false\n');
    await project.session.next('rebuild-failed');
    await writeFile(project.at('app/a.txt'), '2');
    await eventually(async () => assert.equal(await inside('cat /app/a.txt'), '2'));
    await writeFile(project.at('Dockerfile'), built);
    await eventually(async () => assert.equal(await inside('cat /built; cat /app/a.txt'), 'TWO2'));
  });

  it('catches up after the engine was restarted', async () => {
    await using project = await openLiveProject(device(), {
      ...quietProject,
      'compose.yaml': quietCompose.replace('build: .', 'build: .\n    restart: always'),
    });
    await device().ssh('systemctl restart balena');
    await writeFile(project.at('app/a.txt'), 'while it was away\n');
    await eventually(async () => assert.equal(await inside('cat /app/a.txt'), 'while it was away\n'));
  });

  it('attaches with os live, and finds what differs', async () => {
    await using project = await openLiveProject(device(), quietProject);
    await project.session.interrupt();
    await writeFile(project.at('app/a.txt'), 'meanwhile\n');
    await writeFile(project.at('app/b.txt'), 'new\n');
    await using _session = await openSession(device(), project.directory, { command: 'live' });
    await converges(project);
    await writeFile(project.at('app/b.txt'), 'edited\n');
    await converges(project);
  });

  it('syncs a service whose image has no shell', async () => {
    const scratch = `FROM busybox AS tools
FROM scratch
COPY --from=tools /bin/busybox /sleep
COPY app /app
CMD ["/sleep", "1000"]
`;
    await using project = await openLiveProject(device(), {
      Dockerfile: scratch,
      'compose.yaml': 'services:\n  main:\n    build: .\n    network_mode: none\n    init: true\n',
      'app/a.txt': 'one\n',
    });
    assert.equal((await project.session.next('in-sync')).via, 'archive');
    await writeFile(project.at('app/a.txt'), 'two, in a container without a shell\n');
    await project.session.next('restarted');
    const read = async (): Promise<string> => {
      const id = await containerOf(device(), 'main');
      const answer = await device().engine(`/containers/${id}/archive?path=/app/a.txt`);
      return String(answer);
    };
    await eventually(async () => assert.match(await read(), /two, in a container without a shell/));

    // What its image never had goes with the container.
    await writeFile(project.at('app/passing'), 'x');
    const passing = async (): Promise<number> => {
      const engine = `http://${device().address}:${String(device().ports.engine)}`;
      const id = await containerOf(device(), 'main');
      return (await fetch(`${engine}/containers/${id}/archive?path=/app/passing`)).status;
    };
    await eventually(async () => assert.equal(await passing(), 200));
    await unlink(project.at('app/passing'));
    await eventually(async () => assert.equal(await passing(), 404));
    await eventually(async () => assert.match(await read(), /two, in a container without a shell/));
  });

  it('gets what rules name outside of its context, also where it is not built', async () => {
    await using project = await openLiveProject(
      device(),
      {
        'compose.yaml': `services:
  main:
    build: own
    develop:
      watch:
        - {action: sync, path: common, target: /common, ignore: ["*.md"]}
        - {action: restart, path: flag}
  web:
    image: busybox
    command: ${JSON.stringify(['sh', '-c', idle])}
    develop:
      watch:
        - {action: sync, path: common, target: /html}
        - {action: sync+restart, path: own/web.conf, target: /etc/web/}
`,
        'own/Dockerfile': `FROM busybox\nCOPY . /own\nCMD ${idle}\n`,
        'own/web.conf': '1',
        'common/a': '1',
        'common/a.md': '1',
        flag: '1',
      },
      { services: 2 },
    );
    const shows = (script: string, service: string, expected: string): Promise<void> =>
      eventually(async () => assert.equal(await inside(script, service), expected));
    await shows('cat /common/*; ls /common /own', 'main', '1/common:\na\n\n/own:\nDockerfile\nweb.conf\n');
    await shows('cat /html/* /etc/web/*', 'web', '111');
    await writeFile(project.at('common/a'), '2');
    await shows('cat /common/a', 'main', '2');
    await shows('cat /html/a', 'web', '2');
    for (const [name, service] of [
      ['own/web.conf', 'web'],
      ['flag', 'main'],
    ] as const) {
      const seen = project.session.events.length;
      await writeFile(project.at(name), '22');
      await eventually(() => {
        const restarted = project.session.events.slice(seen).filter(it => it.type === 'restarted');
        assert.deepEqual([...new Set(restarted.map(it => it.service))].includes(service), true);
      });
    }
    await shows('cat /etc/web/web.conf', 'web', '22');

    // What is gone while nobody is attached, is known from what was brought.
    await writeFile(project.at('common/b'), '3');
    await shows('cat /html/b', 'web', '3');
    await project.session.interrupt();
    const brought = project.session.events.flatMap(it =>
      it.type === 'not-in-image' && it.cause === 'watch-rule' ? [it] : [],
    );
    assert.deepEqual(
      brought
        .find(({ service }) => service === 'web')
        ?.names.map(it => path.basename(it))
        .sort(),
      ['a', 'a.md', 'b', 'common', 'web.conf'],
    );
    await rm(project.at('common/b'));
    const command = { command: 'live', services: 2 };
    await using session = await openSession(device(), project.directory, command);
    await shows('ls /html; ls /common', 'web', 'a\na.md\n');
    await shows('ls /common', 'main', 'a\n');

    // All of it at once is no edit.
    await rename(project.at('common'), project.at('away'));
    await eventually(() => {
      const paused = session.events.filter(({ type }) => type === 'sync-paused');
      assert.equal(paused.length, 2);
    });
    assert.equal(await inside('cat /html/a', 'web'), '2');
    await rename(project.at('away'), project.at('common'));
    await writeFile(project.at('common/a'), '4');
    await shows('cat /html/a', 'web', '4');
    await shows('cat /common/a', 'main', '4');
  });

  it('ends a program in the container when what it was started for changes again, and runs it for that', async () => {
    const script = `echo "$$(cat /conf/a)" >>/tmp/began
      case "$$(cat /conf/a)" in *stubborn) trap '' TERM; sleep 1000; sleep 1000;; *slow) sleep 1000; echo;; esac
      cat /conf/a`;
    await using project = await openLiveProject(device(), {
      Dockerfile: `FROM busybox\nUSER nobody\nCMD ${idle}\n`,
      'compose.yaml': `services:
  main:
    build: .
    init: true
    develop:
      watch:
        - {action: sync+exec, path: conf, target: /conf, exec: {command: ["sh", "-c", ${JSON.stringify(script)}]}}
        - {action: sync, path: other, target: /other}
`,
      'conf/a': 'first',
    });
    const { session } = project;
    const sleeping = (): Promise<string> => inside('pidof sleep | wc -w');
    for (const [slow, quick] of [
      ['slow', 'second'],
      ['stubborn', 'third'],
    ] as const) {
      const seen = session.events.length;
      await writeFile(project.at('conf/a'), slow);
      await eventually(async () => assert.match(await inside('cat /tmp/began'), new RegExp(`${slow}\n$`)));
      // Of something else it hears nothing.
      await writeFile(project.at('other'), slow);
      await writeFile(project.at('conf/a'), quick);
      await session.next('command-stopped', seen);
      const ran = await session.next('command-finished', seen);
      assert.deepEqual([ran.exitCode, ran.output], [0, [quick]]);
      await eventually(async () => assert.equal(await inside('cat /other'), slow));
      // The service's own.
      await eventually(async () => assert.ok(Number(await sleeping()) <= 1));
    }
    assert.equal(await inside('cat /tmp/began'), 'first\nslow\nsecond\nstubborn\nthird\n');

    await writeFile(project.at('conf/a'), 'slow');
    await eventually(async () => assert.match(await inside('cat /tmp/began'), /slow\n$/));
    await session.interrupt();
    assert.ok(Number(await sleeping()) <= 1, 'nor is anything left behind');
  });

  it('builds nothing and leaves the container for a rebuild rule outside of the context, as the image is the same', async () => {
    await using project = await openLiveProject(device(), {
      'compose.yaml': `services:
  main:
    build: own
    init: true
    develop:
      watch:
        - {action: rebuild, path: beside}
        - {action: restart, path: flag}
`,
      'own/Dockerfile': `FROM busybox\nCMD ${idle}\n`,
      'beside/a': '1',
      flag: '1',
    });
    const id = await containerOf(device(), 'main');
    const { length } = project.session.events;
    await writeFile(project.at('beside/a'), '2');
    await eventually(() => assert.ok(project.session.events.length > length));
    await writeFile(project.at('flag'), '2');
    await project.session.next('restarted', length);
    assert.equal(await containerOf(device(), 'main'), id);
    const built = project.session.events.slice(length).filter(({ type }) => type.startsWith('buil'));
    assert.deepEqual(built, []);
  });

  it('follows an edit of the compose file', async () => {
    await using project = await openLiveProject(device(), quietProject);
    await writeFile(project.at('compose.yaml'), `${quietCompose}    environment:\n      GREETING: hello\n`);
    await eventually(async () => assert.equal(await inside('echo $GREETING'), 'hello\n'));
    await writeFile(project.at('app/a.txt'), 'after it\n');
    await converges(project);
  });
});
