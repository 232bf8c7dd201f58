import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import {
  type LiveProject,
  openLiveProject,
  quietCompose,
  quietProject,
  useLiveDevice,
} from '../support/live-project.ts';
import { containerOf } from '../support/live-session.ts';

const run = promisify(execFile);
const forever = `CMD ["sh", "-c", "trap 'exit 0' TERM; sleep 99999 & wait"]\n`;

describe('live sync', function () {
  this.timeout(upTimeoutMs);
  const { device, inside, converges } = useLiveDevice();

  const typesOf = ({ session }: LiveProject): string[] => session.events.map(({ type }) => type);

  describe('of much at once', () => {
    let project: LiveProject;
    before(async () => {
      project = await openLiveProject(device(), quietProject);
    });
    after(() => project[Symbol.asyncDispose]());

    it('follows the rename of a directory with 1,000 files', async () => {
      await mkdir(project.at('app/many/deep'), { recursive: true });
      for (let i = 0; i < 1000; i++)
        await writeFile(project.at(`app/many/deep/${i.toString()}`), `file ${i.toString()}`);
      await converges(project);
      await rename(project.at('app/many'), project.at('app/renamed'));
      await converges(project);
    });

    it('follows the rename of a file and of a directory in case alone', async () => {
      await rename(project.at('app/a.txt'), project.at('app/A.TXT'));
      await rename(project.at('app/renamed'), project.at('app/Renamed'));
      await converges(project);
    });

    it('syncs a file of 50 MB', async () => {
      await writeFile(project.at('app/huge'), Buffer.alloc(50_000_000, 'a file of many bytes\n\0\xff'));
      await converges(project);
      await rm(project.at('app/huge'));
      await converges(project);
    });

    it('follows git from one branch of 3,000 files to another, and back', async () => {
      const git = (...args: string[]): Promise<unknown> =>
        run('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], {
          cwd: project.directory,
        });
      await git('init', '-q', '-b', 'one');
      const paths = (branch: string): string[] =>
        Array.from({ length: 3000 }, (_, i) => {
          // A third is the same on both, a third is of this one alone.
          const name = i % 3 === 0 ? `${branch}-${i.toString()}` : i.toString();
          return project.at(`app/${(i % 30).toString()}/${name}`);
        });
      const fill = async (branch: string): Promise<void> => {
        for (const [i, file] of paths(branch).entries()) {
          await mkdir(path.dirname(file), { recursive: true });
          await writeFile(file, i % 3 === 1 ? 'same' : `${branch} ${i.toString()}`);
        }
        await git('add', '-A');
        await git('commit', '-q', '-m', branch);
      };
      await fill('one');
      await git('checkout', '-q', '-b', 'two');
      // Never all at once: a directory that is gone for a moment is a reason to pause.
      for (const file of paths('one').filter((_, i) => i % 3 === 0)) await rm(file);
      await fill('two');
      await converges(project);
      await git('checkout', '-q', 'one');
      await converges(project);
      await git('checkout', '-q', 'two');
      await converges(project);
      assert.ok(!typesOf(project).includes('rebuilding'));
    });
  });

  it('loses no edit that is made while the image is built', async () => {
    const slow = `FROM busybox\nWORKDIR /app\nCOPY list /\nRUN sleep 3; cp /list /built\nCOPY app .\n${forever}`;
    await using project = await openLiveProject(device(), { ...quietProject, Dockerfile: slow, list: '1' });
    await writeFile(project.at('list'), '2');
    await project.session.next('rebuilding');
    for (const [i, name] of ['b', 'c', 'd'].entries()) {
      await new Promise(resolve => setTimeout(resolve, 700));
      await writeFile(project.at(`app/${name}`), `during the build ${i.toString()}`);
    }
    await writeFile(project.at('list'), '3');
    await eventually(async () => assert.equal(await inside('cat /built'), '3'));
    await converges(project);
  });

  it('follows services that a compose edit adds, takes away, and moves to another directory', async () => {
    const two = (context: string): string =>
      `services:\n  main:\n    build: .\n    network_mode: none\n  second:\n    build: ${context}\n    init: true\n`;
    const dockerfile = `FROM busybox\nWORKDIR /app\nCOPY app .\n${forever}`;
    await using project = await openLiveProject(device(), {
      ...quietProject,
      'compose.yaml': 'services:\n  main:\n    build: .\n    network_mode: none\n',
      'second/Dockerfile': dockerfile,
      'second/app/s.txt': 'one',
      'third/Dockerfile': dockerfile,
      'third/app/t.txt': 'one',
    });
    const atSecond = { service: 'second', from: 'second/app' };
    await writeFile(project.at('compose.yaml'), two('second'));
    await eventually(() => converges(project, { ...atSecond, limitMs: 1000 }));
    await writeFile(project.at('second/app/s.txt'), 'two');
    await converges(project, atSecond);
    await writeFile(project.at('compose.yaml'), two('third'));
    const atThird = { service: 'second', from: 'third/app' };
    await eventually(() => converges(project, { ...atThird, limitMs: 1000 }));
    await writeFile(project.at('third/app/t.txt'), 'two');
    await converges(project, atThird);
    await writeFile(project.at('app/a.txt'), 'of the first');
    await converges(project);
    await fetch(
      `http://${device().address}:${String(device().ports.engine)}/containers/${await containerOf(device(), 'second')}?force=1`,
      { method: 'DELETE' },
    );
  });

  it('leaves out what the ignore file comes to name, and takes what it does not name any more', async () => {
    await using project = await openLiveProject(device(), {
      Dockerfile: `FROM busybox\nWORKDIR /app\nCOPY app .\n${forever}`,
      'compose.yaml': 'services:\n  main:\n    build: .\n    network_mode: none\n',
      'app/a.txt': 'a',
      'app/b.txt': 'b',
    });
    await writeFile(project.at('.dockerignore'), 'app/b.txt\n');
    await eventually(async () => assert.equal(await inside('ls /app'), 'a.txt\n'));
    await writeFile(project.at('app/b.txt'), 'ignored');
    await writeFile(project.at('.dockerignore'), 'app/a.txt\n');
    await eventually(
      async () => assert.equal(await inside('ls /app; cat /app/b.txt'), 'b.txt\nignored'),
      30_000,
    );
    await writeFile(project.at('app/b.txt'), 'synced');
    await eventually(async () => assert.equal(await inside('cat /app/b.txt'), 'synced'));
  });

  it('syncs an edit to both of two services that share a context', async () => {
    await using project = await openLiveProject(
      device(),
      {
        ...quietProject,
        'compose.yaml': `${quietCompose}${quietCompose.replace('services:\n', '').replace('main', 'other')}`,
      },
      { services: 2 },
    );
    await writeFile(project.at('app/a.txt'), 'for both');
    await converges(project);
    await converges(project, { service: 'other' });
    await fetch(
      `http://${device().address}:${String(device().ports.engine)}/containers/${await containerOf(device(), 'other')}?force=1`,
      { method: 'DELETE' },
    );
  });

  it('knows the stages of a Dockerfile apart', async () => {
    await using project = await openLiveProject(device(), {
      Dockerfile: `FROM busybox AS build
COPY source /source
RUN tr a-z A-Z </source/text >/compiled
FROM busybox
WORKDIR /app
COPY app .
COPY --from=build /compiled /compiled
${forever}`,
      'source/text': 'one',
      'app/a.txt': 'one\n',
    });
    await writeFile(project.at('app/a.txt'), 'two');
    await project.session.next('restarted');
    await converges(project);
    assert.ok(!typesOf(project).includes('rebuilding'));
    await writeFile(project.at('source/text'), 'two');
    await eventually(async () => assert.equal(await inside('cat /compiled'), 'TWO'));
  });

  it('leaves files to the user that --chown names, in a container of that user', async () => {
    await using project = await openLiveProject(device(), {
      'compose.yaml': 'services:\n  main:\n    build: .\n    network_mode: none\n',
      'app/a.txt': 'one',
      Dockerfile: `FROM busybox
RUN echo someone:x:1234:1234::/:/bin/sh >>/etc/passwd; echo someone:x:1234: >>/etc/group
WORKDIR /app
RUN chown someone /app
USER someone
COPY --chown=someone app .
${forever}`,
    });
    await writeFile(project.at('app/a.txt'), 'two');
    await writeFile(project.at('app/new.txt'), 'new');
    await converges(project);
    // The service is started again at this time.
    await eventually(async () =>
      assert.equal(await inside('stat -c %U:%a /app/a.txt /app/new.txt'), 'someone:644\nsomeone:644\n'),
    );
  });

  it('rebuilds a service whose root file system nobody can write to', async () => {
    await using project = await openLiveProject(device(), {
      ...quietProject,
      'compose.yaml': quietCompose.replace('build: .', 'build: .\n    read_only: true'),
    });
    await writeFile(project.at('app/a.txt'), 'in a new container');
    await project.session.next('rebuilding');
    await eventually(async () => assert.equal(await inside('cat /app/a.txt'), 'in a new container'));
  });

  it('lets node --watch see every one of 20 edits', async () => {
    const { stdout } = await run('ldd', [process.execPath]);
    const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap(([, file]) => file ?? []);
    const tree: Record<string, string | { copy: string }> = {
      Dockerfile: `FROM busybox
COPY root /
COPY app /app
ENV LD_LIBRARY_PATH=/lib
CMD ["/bin/node", "--watch", "/app/main.js"]
`,
      'compose.yaml': 'services:\n  main:\n    build: .\n    network_mode: none\n    init: true\n',
      'app/main.js': 'console.log("edit 0");\n',
    };
    const files = new Map([['bin/node', process.execPath]]);
    for (const file of libraries)
      files.set(file.includes('ld-linux') ? file.slice(1) : `lib/${path.basename(file)}`, file);
    for (const [name, file] of files) tree[`root/${name}`] = { copy: file };
    await using project = await openLiveProject(device(), tree);
    const said = (text: string): Promise<void> =>
      eventually(() => {
        const found = project.session.events.some(
          it => it.type === 'log' && 'text' in it && it.text === text,
        );
        assert.ok(found, JSON.stringify(project.session.events.slice(-5)));
      });
    await said('edit 0');
    for (let i = 1; i <= 20; i++) {
      await writeFile(project.at('app/main.js'), `console.log("edit ${i.toString()}");\n`);
      await said(`edit ${i.toString()}`);
    }
    assert.ok(!typesOf(project).includes('restarted'));
  });
});
