import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { upTimeoutMs, useDevice } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import {
  containerOf,
  listHost,
  listInside,
  openSession,
  runInside,
  type LiveSession,
} from '../support/live-session.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree, type Tree } from '../support/tree.ts';

/** A service that does nothing, ends when it is told to, and holds what `app` holds in /app. */
const dockerfile = `FROM busybox
WORKDIR /app
COPY app .
CMD ["sh", "-c", "date +%s%N >/started; trap 'exit 0' TERM; while :; do sleep 0.2; done"]
`;
/** Files are synced, and nothing is started again. */
const compose = `services:
  main:
    build: .
    develop:
      watch:
        - action: sync
          path: app
          target: /app
`;
const quiet: Tree = { Dockerfile: dockerfile, 'compose.yaml': compose, 'app/a.txt': 'one\n' };

describe('a live session', function () {
  this.timeout(upTimeoutMs);
  const device = useDevice();

  /** A project in a directory, pushed, in sync. */
  async function open(
    tree: Tree,
    options: Parameters<typeof openSession>[2] = {},
  ): Promise<AsyncDisposable & { session: LiveSession; at: (name: string) => string; directory: string }> {
    const temp = await openTempDirectory();
    const directory = path.join(temp.path, `live-${Math.random().toString(36).slice(2)}`);
    await makeTree(directory, tree);
    const session = await openSession(device(), directory, options);
    return {
      ...{ session, directory },
      at: name => path.join(directory, name),
      async [Symbol.asyncDispose]() {
        await session[Symbol.asyncDispose]();
        const id = await containerOf(device(), 'main').catch(() => undefined);
        if (id !== undefined)
          await fetch(
            `http://${device().address}:${String(device().ports.engine)}/containers/${id}?force=1`,
            { method: 'DELETE' },
          );
        await temp[Symbol.asyncDispose]();
      },
    };
  }

  const inside = async (script: string): Promise<string> =>
    (await runInside(device(), 'main', script)).toString();

  /** The container's /app is as the project's app. */
  const converges = (at: (name: string) => string): Promise<void> =>
    eventually(async () => {
      assert.deepEqual(await listInside(device(), 'main', '/app'), await listHost(at('app')));
    }, 15_000);

  describe('of a service that reloads by itself', () => {
    let project: Awaited<ReturnType<typeof open>>;
    before(async () => {
      project = await open(quiet);
    });
    after(() => project[Symbol.asyncDispose]());
    const at = (name: string): string => project.at(name);

    it('brings an edit into the container, and keeps the inode', async () => {
      const inode = await inside('ls -i /app/a.txt');
      await writeFile(at('app/a.txt'), 'two, which is longer\n');
      await eventually(async () => assert.equal(await inside('cat /app/a.txt'), 'two, which is longer\n'));
      await writeFile(at('app/a.txt'), '3\n');
      await eventually(async () => assert.equal(await inside('cat /app/a.txt'), '3\n'));
      assert.equal(await inside('ls -i /app/a.txt'), inode);
    });

    it('creates, empties and deletes files', async () => {
      await writeFile(at('app/new'), 'new');
      await writeFile(at('app/empty'), '');
      await converges(at);
      await writeFile(at('app/new'), '');
      await converges(at);
      await unlink(at('app/new'));
      await converges(at);
    });

    it('takes names with blanks, quotes, newlines, dashes and letters of any kind', async () => {
      for (const name of [
        'a b',
        "it's",
        '"q"',
        'new\nline',
        '-rf',
        '$HOME',
        'back\\slash',
        'naïve 日本',
        '*',
        '.dot',
      ])
        await writeFile(at(`app/${name}`), `content of ${name}`);
      await mkdir(at('app/-d \n/-e'), { recursive: true });
      await writeFile(at('app/-d \n/-e/--'), 'deep');
      await converges(at);
    });

    it('takes any bytes', async () => {
      await writeFile(at('app/bytes'), Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) % 256)));
      await writeFile(at('app/large'), Buffer.alloc(5_000_000, 'abc\0\n\xff'));
      await converges(at);
    });

    it('renames a directory with 200 files', async () => {
      await mkdir(at('app/many/deep'), { recursive: true });
      for (let i = 0; i < 200; i++)
        await writeFile(at(`app/many/deep/${i.toString()}`), `file ${i.toString()}`);
      await converges(at);
      await rename(at('app/many'), at('app/renamed'));
      await converges(at);
    });

    it('puts a directory in the place of a file, and back', async () => {
      await writeFile(at('app/either'), 'a file');
      await converges(at);
      await rm(at('app/either'));
      await mkdir(at('app/either/sub'), { recursive: true });
      await writeFile(at('app/either/sub/file'), 'inside');
      await converges(at);
      await rm(at('app/either'), { recursive: true });
      await writeFile(at('app/either'), 'a file again');
      await converges(at);
    });

    it('keeps symbolic links as links', async () => {
      await symlink('a.txt', at('app/link'));
      await symlink('../nowhere', at('app/dangling'));
      await converges(at);
      await rm(at('app/link'));
      await symlink('either', at('app/link'));
      await converges(at);
      await rm(at('app/link'));
      await writeFile(at('app/link'), 'no link any more');
      await converges(at);
    });

    it('follows a change of the execute bit alone', async () => {
      await writeFile(at('app/tool'), '#!/bin/sh\necho hi\n');
      await chmod(at('app/tool'), 0o755);
      await converges(at);
      await chmod(at('app/tool'), 0o644);
      await converges(at);
      await chmod(at('app/tool'), 0o755);
      await converges(at);
    });

    it('sees what editors do when they save', async () => {
      const file = at('app/saved.txt');
      await writeFile(file, 'first');
      await converges(at);
      // vim: the old file becomes the backup, a new one is written, the backup goes.
      await rename(file, `${file}~`);
      await writeFile(file, 'by vim');
      await unlink(`${file}~`);
      await converges(at);
      // JetBrains: a temporary file is renamed over it.
      await writeFile(`${file}___jb_tmp___`, 'by an IDE');
      await rename(`${file}___jb_tmp___`, file);
      await converges(at);
      // Emacs and others: emptied, then written.
      await writeFile(file, '');
      await writeFile(file, 'by truncation');
      await converges(at);
      assert.equal(await inside('cat /app/saved.txt'), 'by truncation');
    });

    it('never starts it again', () => {
      assert.equal(project.session.events.filter(it => it.type === 'restarted').length, 0);
      assert.equal(project.session.events.filter(it => it.type === 'rebuilding').length, 0);
    });

    it('pauses when most of the files are gone at once, and goes on when they are back', async () => {
      const { length } = project.session.events;
      await rename(at('app/renamed'), path.join(project.directory, 'elsewhere'));
      await project.session.next('paused', length);
      assert.match(await inside('ls /app/renamed/deep | wc -l'), /^200/);
      await rename(path.join(project.directory, 'elsewhere'), at('app/renamed'));
      await writeFile(at('app/a.txt'), 'after the pause');
      await converges(at);
    });

    it('ends with Ctrl-C, and the service goes on', async () => {
      assert.equal(await project.session.interrupt(), 130);
      assert.match(await inside('cat /app/a.txt'), /after the pause/);
      assert.equal(await inside('ls -a / | grep os-live; ls -a /dev/shm | grep os-live; true'), '');
    });
  });

  it('starts a service again that does not reload by itself', async () => {
    await using project = await open({ Dockerfile: dockerfile, 'app/a.txt': 'one\n' });
    const before = await inside('cat /started');
    await writeFile(project.at('app/a.txt'), 'two\n');
    await project.session.next('restarted');
    await eventually(async () => {
      assert.equal(await inside('cat /app/a.txt'), 'two\n');
      assert.notEqual(await inside('cat /started'), before);
    });
  });

  it('mends a service that crashes in a loop', async () => {
    const crashing = `FROM busybox\nCOPY run.sh /run.sh\nCMD ["sh", "/run.sh"]\n`;
    await using project = await open({
      Dockerfile: crashing,
      'compose.yaml': 'services:\n  main:\n    build: .\n    restart: always\n',
      'run.sh': 'while :; do sleep 0.2; done\n',
    });
    await writeFile(project.at('run.sh'), 'exit 3\n');
    await project.session.next('restarted');
    await eventually(async () => {
      const id = await containerOf(device(), 'main');
      const { State } = (await device().engine(`/containers/${id}/json`)) as { State: { Status: string } };
      assert.equal(State.Status, 'restarting');
    });
    await writeFile(project.at('run.sh'), 'echo mended >/mended; while :; do sleep 0.2; done\n');
    await eventually(async () => assert.equal(await inside('cat /mended'), 'mended\n'));
  });

  it('builds anew what a later RUN depends on, and what the Dockerfile says', async () => {
    const built = `FROM busybox\nWORKDIR /app\nCOPY list .\nRUN tr a-z A-Z <list >/built\nCOPY app .\nCMD ["sleep", "1000"]\n`;
    await using project = await open({
      Dockerfile: built,
      list: 'one',
      'app/a.txt': '1',
      'compose.yaml': 'services:\n  main:\n    build: .\n    init: true\n',
    });
    await writeFile(project.at('list'), 'two');
    await eventually(async () => assert.equal(await inside('cat /built'), 'TWO'), 30_000);
    await writeFile(project.at('Dockerfile'), built.replace('<list', '<list | rev'));
    await eventually(async () => assert.equal(await inside('cat /built'), 'OWT'), 30_000);
    await writeFile(project.at('Dockerfile'), 'FROM busybox\nRUN false\n');
    await project.session.next('rebuild-failed');
    await writeFile(project.at('app/a.txt'), '2');
    await eventually(async () => assert.equal(await inside('cat /app/a.txt'), '2'));
    await writeFile(project.at('Dockerfile'), built);
    await eventually(async () => assert.equal(await inside('cat /built; cat /app/a.txt'), 'TWO2'), 30_000);
  });

  it('catches up after the engine was restarted', async () => {
    await using project = await open({
      ...quiet,
      'compose.yaml': compose.replace('build: .', 'build: .\n    restart: always'),
    });
    await device().ssh('systemctl restart balena');
    await writeFile(project.at('app/a.txt'), 'while it was away\n');
    await eventually(async () => assert.equal(await inside('cat /app/a.txt'), 'while it was away\n'), 60_000);
    assert.equal((await readFile(project.at('app/a.txt'))).toString(), 'while it was away\n');
  });

  it('attaches with os live, and finds what differs', async () => {
    await using project = await open(quiet);
    await project.session.interrupt();
    await writeFile(project.at('app/a.txt'), 'meanwhile\n');
    await writeFile(project.at('app/b.txt'), 'new\n');
    await using _session = await openSession(device(), project.directory, { command: 'live' });
    await converges(project.at);
    await writeFile(project.at('app/b.txt'), 'edited\n');
    await converges(project.at);
  });

  it('syncs a service whose image has no shell', async () => {
    const scratch = `FROM busybox AS tools
FROM scratch
COPY --from=tools /bin/busybox /sleep
COPY app /app
CMD ["/sleep", "1000"]
`;
    await using project = await open({
      Dockerfile: scratch,
      'compose.yaml': 'services:\n  main:\n    build: .\n    init: true\n',
      'app/a.txt': 'one\n',
    });
    const watching = await project.session.next('watching');
    assert.equal(watching.type === 'watching' && watching.via, 'archive');
    await writeFile(project.at('app/a.txt'), 'two, in a container without a shell\n');
    await project.session.next('restarted');
    const read = async (): Promise<string> => {
      const id = await containerOf(device(), 'main');
      const answer = await device().engine(`/containers/${id}/archive?path=/app/a.txt`);
      return String(answer);
    };
    await eventually(async () => assert.match(await read(), /two, in a container without a shell/));
  });

  it('follows an edit of the compose file', async () => {
    await using project = await open(quiet);
    await writeFile(project.at('compose.yaml'), `${compose}    environment:\n      GREETING: hello\n`);
    await eventually(async () => assert.equal(await inside('echo $GREETING'), 'hello\n'), 30_000);
    await writeFile(project.at('app/a.txt'), 'after it\n');
    await converges(project.at);
  });
});
