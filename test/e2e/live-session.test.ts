import assert from 'node:assert/strict';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deviceEnvironment, upTimeoutMs } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import {
  idleDockerfile,
  type LiveProject,
  openLiveProject,
  quietCompose,
  quietProject,
  useLiveDevice,
} from '../support/live-project.ts';
import { listInside, openSession, type LiveSession } from '../support/live-session.ts';
import { runOs } from '../support/run-program.ts';
import { lineOf, openTerminal } from '../support/terminal.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

describe('a live session', function () {
  this.timeout(upTimeoutMs);
  const { device, inside, converges } = useLiveDevice();

  const attach = ({ directory }: LiveProject): Promise<LiveSession> =>
    openSession(device(), directory, { command: 'live' });

  describe('that is attached', () => {
    it('removes what was deleted meanwhile, and nothing that RUN or the service has made', async () => {
      await using project = await openLiveProject(device(), {
        ...quietProject,
        Dockerfile: idleDockerfile.replace('COPY', 'RUN mkdir made && echo 1 >made/by-run\nCOPY'),
        'app/deleted.txt': 'in the image\n',
        'app/old/file': 'in the image\n',
      });
      await writeFile(project.at('app/live.txt'), 'not in the image\n');
      await eventually(async () => assert.match(await inside('cat /app/live.txt'), /not in the image/));
      await inside('echo 1 >/app/made/by-service; echo 1 >/app/by-service');
      await project.session.interrupt();
      for (const name of ['deleted.txt', 'old', 'live.txt'])
        await rm(project.at(`app/${name}`), { recursive: true });
      await using _session = await attach(project);
      await eventually(async () => {
        assert.deepEqual(Object.keys(await listInside(device(), 'main', '/app')), [
          ...['a.txt', 'by-service', 'made', 'made/by-run', 'made/by-service'],
        ]);
      });
    });

    it('leaves what differs to the next edit of it where a rule says initial_sync: false', async () => {
      await using project = await openLiveProject(device(), {
        ...quietProject,
        'compose.yaml': quietCompose.replace('target: /app', 'target: /app\n          initial_sync: false'),
        'app/edited.txt': 'built\n',
        'app/gone.txt': 'built\n',
      });
      await project.session.interrupt();
      for (const name of ['a', 'edited', 'new'])
        await writeFile(project.at(`app/${name}.txt`), 'meanwhile\n');
      await rm(project.at('app/gone.txt'));
      await using session = await attach(project);
      await writeFile(project.at('app/edited.txt'), 'edited\n');
      await eventually(async () => assert.equal(await inside('cat /app/edited.txt'), 'edited\n'));
      assert.equal(await inside('cd /app; cat *.txt'), 'one\nedited\nbuilt\n');
      await writeFile(project.at('app/new.txt'), 'edited too\n');
      await eventually(async () => assert.equal(await inside('cat /app/new.txt'), 'edited too\n'));
      await session.interrupt();
      const { names } = await session.next('not-in-image');
      assert.deepEqual(names, ['app/edited.txt', 'app/new.txt']);
    });

    it('builds again when a RUN, the Dockerfile or the compose file asks for it', async () => {
      const dockerfile = `FROM busybox
WORKDIR /app
COPY list .
RUN tr a-z A-Z <list >/built
COPY app .
CMD ["sh", "-c", "trap 'exit 0' TERM; sleep 99999 & wait"]
`;
      const tree = { ...quietProject, Dockerfile: dockerfile, list: 'one' };
      await using project = await openLiveProject(device(), tree);
      await project.session.interrupt();
      const meanwhile = async (name: string, text: string, script: string, found: string): Promise<void> => {
        await writeFile(project.at(name), text);
        await using session = await attach(project);
        await session.next('rebuilding');
        await eventually(async () => assert.equal(await inside(script), found));
        await session.interrupt();
      };
      await meanwhile('list', 'two', 'cat /built', 'TWO');
      await meanwhile('Dockerfile', dockerfile.replace('<list', '<list | rev'), 'cat /built', 'OWT');
      await meanwhile(
        'compose.yaml',
        `${quietCompose}    environment:\n      GREETING: hello\n`,
        'echo $GREETING',
        'hello\n',
      );
      await using session = await attach(project);
      assert.deepEqual(
        session.events.filter(({ type }) => type === 'rebuilding' || type === 'synced'),
        [],
        'and then there is nothing to do',
      );
    });

    it('carries out the restart that Ctrl-C came before', async () => {
      await using project = await openLiveProject(device(), {
        ...quietProject,
        'compose.yaml': quietCompose.replace('sync', 'sync+restart'),
        // Its program takes a second to stop.
        Dockerfile: idleDockerfile.replace("trap 'exit 0'", "trap 'sleep 1; exit 0'"),
      });
      await writeFile(project.at('app/a.txt'), 'edited\n');
      await project.session.next('restarting');
      await project.session.interrupt();
      await using session = await attach(project);
      await session.next('restarted');
      assert.equal(session.events.filter(({ type }) => type === 'synced').length, 0);
    });

    it('reports that there is nothing to attach to', async () => {
      await using project = await openLiveProject(device(), quietProject);
      await project.session.interrupt();
      await writeFile(project.at('compose.yaml'), `name: never-pushed\n${quietCompose}`);
      await assert.rejects(attach(project), /the device has no containers of the project never-pushed/);
    });
  });

  describe('that ends', () => {
    it('reports what is in the container and not in the image, until that is built in', async () => {
      await using project = await openLiveProject(device(), quietProject);
      await writeFile(project.at('app/a.txt'), 'edited\n');
      await writeFile(project.at('app/new.txt'), 'new\n');
      await writeFile(project.at('app/kept.txt'), 'there for a moment\n');
      await converges(project);
      await rm(project.at('app/kept.txt'));
      await converges(project);
      assert.equal(await project.session.interrupt(), 130);
      const names = ['app/a.txt', 'app/new.txt'];
      const told = {
        type: 'not-in-image',
        device: device().address,
        service: 'main',
        files: 2,
        names,
        cause: 'edit',
      };
      assert.deepEqual(
        project.session.events.find(({ type }) => type === 'not-in-image'),
        told,
      );
      {
        await using session = await attach(project);
        await session.interrupt();
        assert.deepEqual(
          session.events.find(({ type }) => type === 'not-in-image'),
          told,
        );
      }
      await using session = await openSession(device(), project.directory);
      await session.interrupt();
      assert.deepEqual(
        session.events.filter(({ type }) => type === 'not-in-image'),
        [],
      );
    });
  });

  describe('that has edited a container', () => {
    it('lets the next push from any machine recreate it, when its sources are as they were built', async () => {
      await using project = await openLiveProject(device(), quietProject);
      const push = async (cache?: string): Promise<string> => {
        const args = ['push', device().address, '-s', project.directory, '--detach'];
        const env = { ...deviceEnvironment(), ...(cache !== undefined && { XDG_CACHE_HOME: cache }) };
        const { code, stdout, stderr } = await runOs(args, { env });
        assert.equal(code, 0, stderr);
        return stdout + stderr;
      };
      const edit = async (text: string): Promise<void> => {
        await writeFile(project.at('app/a.txt'), text);
        await converges(project);
      };
      await edit('edited\n');
      await project.session.interrupt();
      await writeFile(project.at('app/a.txt'), 'one\n');
      await using elsewhere = await openTempDirectory();
      assert.match(await push(elsewhere.path), /a live session has changed its files/);
      assert.equal(await inside('cat /app/a.txt'), 'one\n');
      assert.match(await push(), /up to date/);
      const images = (await device().engine('/images/json')) as { RepoTags: string[] | null }[];
      const names = images.flatMap(it => it.RepoTags ?? []);
      assert.deepEqual(
        names.filter(it => it.startsWith(`${path.basename(project.directory)}-main:os-edited-`)),
        [],
      );

      // Of what a session has put back itself nothing is left.
      await using session = await attach(project);
      await edit('edited\n');
      await edit('one\n');
      await session.interrupt();
      assert.match(await push(), /up to date/);

      // A session that goes on where another one was takes the container as it is.
      {
        await using former = await attach(project);
        await edit('edited\n');
        await former.interrupt();
      }
      await writeFile(project.at('app/a.txt'), 'one\n');
      await using later = await attach(project);
      await converges(project);
      assert.deepEqual(
        later.events.filter(({ type }) => type === 'rebuilding'),
        [],
      );
    });
  });

  describe('whose sources are gone', () => {
    it('keeps them in the container until they are back, and follows other edits', async () => {
      await using project = await openLiveProject(device(), quietProject);
      await mkdir(project.at('app/many'));
      for (let i = 0; i < 20; i++) await writeFile(project.at(`app/many/${i.toString()}`), i.toString());
      await converges(project);
      await rename(project.at('app/many'), `${project.directory}-many`);
      await project.session.next('sync-paused');
      await writeFile(project.at('app/a.txt'), 'during the pause\n');
      await eventually(async () => assert.equal(await inside('cat /app/a.txt'), 'during the pause\n'));
      assert.equal(await inside('ls /app/many | wc -l'), '20\n');
      await rename(`${project.directory}-many`, project.at('app/many'));
      await project.session.next('sync-resumed');
      await converges(project);
    });

    it('asks on a terminal, and removes them for a yes alone', async () => {
      const many = Object.fromEntries(
        Array.from({ length: 12 }, (_, i) => [`app/many/${i.toString()}`, 'x']),
      );
      await using project = await openLiveProject(device(), { ...quietProject, ...many });
      await project.session.interrupt();
      const words = [process.execPath, 'bin/run.js', 'live', device().address, '-s', project.directory];
      await using terminal = await openTerminal(`trap : INT; ${lineOf(words)}; echo ended with $?`, {
        ...process.env,
        ...deviceEnvironment(),
        NODE_ENV: undefined,
        CI: undefined,
        TERM: 'xterm-256color',
        NO_COLOR: '1',
      });
      await terminal.until(/in sync/);
      const away = `${project.directory}-many`;
      await rename(project.at('app/many'), away);
      await terminal.until(/12 of 13 files are gone at once[^]*Remove them[^]*Type y or n/);
      terminal.type('no idea\r');
      await terminal.until(/no idea[^]*Type y or n/);
      terminal.type('n\r');
      await writeFile(project.at('app/a.txt'), 'after the no\n');
      await eventually(async () => assert.equal(await inside('cat /app/a.txt'), 'after the no\n'));
      assert.equal(await inside('ls /app/many | wc -l'), '12\n');

      // They come back, all at once, and go again: that is another question.
      await rename(away, project.at('app/many'));
      await terminal.until(/goes on/);
      await rm(project.at('app/many'), { recursive: true });
      await terminal.until(/goes on[^]*Type y or n/);
      terminal.type('y\r');
      await converges(project);
      terminal.type('\x03');
      await terminal.until(/ended with 130/);
    });

    it('goes on when the whole directory was away', async () => {
      await using project = await openLiveProject(device(), quietProject);
      const away = `${project.directory}-away`;
      await rename(project.directory, away);
      await project.session.next('waiting');
      assert.equal(await inside('cat /app/a.txt'), 'one\n');
      await writeFile(path.join(away, 'app/a.txt'), 'edited where it was\n');
      await rename(away, project.directory);
      await converges(project);
      await writeFile(project.at('app/a.txt'), 'and when it was back\n');
      await converges(project);
      assert.deepEqual(
        project.session.events.filter(({ type }) => type.startsWith('rebuil')),
        [],
      );
    });
  });
});
