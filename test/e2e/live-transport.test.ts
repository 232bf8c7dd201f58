import assert from 'node:assert/strict';
import { cp, mkdir, rename, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { openLiveProject, type LiveProject } from '../support/live-project.ts';
import { containerOf, listHost, listInside, runInside } from '../support/live-session.ts';
import { useSharedDevice } from '../support/shared-device.ts';

const synced = (more: string): string => `    build: .
    stop_grace_period: 1s
    develop:
      watch:
        - {action: sync, path: app, target: /app}
${more}`;

const services = {
  frozen: '    read_only: true\n',
  powerless: "    user: '1000:1000'\n    cap_drop: [ALL]\n    security_opt: ['no-new-privileges']\n",
  tended: '    init: true\n',
  mounted: '    volumes: [data:/app/data]\n    tmpfs: [/app/cache]\n',
  paused: '',
};
const names = Object.keys(services);

const project = {
  Dockerfile: `FROM busybox
WORKDIR /app
COPY app .
RUN chown -R 1000:1000 /app
CMD ["sh", "-c", "while :; do sleep 0.2; done"]
`,
  'compose.yaml': `services:
${Object.entries(services)
  .map(([name, more]) => `  ${name}:\n${synced(more)}`)
  .join('')}volumes: {data: {}}
`,
  'app/a.txt': 'one\n',
};

describe('the way into containers', function () {
  this.timeout(upTimeoutMs);
  const device = useSharedDevice();
  let live: LiveProject;
  before(async () => {
    live = await openLiveProject(device(), project, { services: names.length });
  });
  after(() => live[Symbol.asyncDispose]());

  const converges = (service: string): Promise<void> =>
    eventually(async () => {
      assert.deepEqual(await listInside(device(), service, '/app'), await listHost(live.at('app')));
    }, 60_000);
  const inside = async (service: string, script: string): Promise<string> =>
    (await runInside(device(), service, script)).toString();
  const rebuilt = (): string[] =>
    live.session.events.flatMap(it => (it.type === 'rebuilding' ? [...it.services] : []));

  it('leads to services with an init, without capabilities and with a user of their own, and keeps owners', async () => {
    await writeFile(live.at('app/a.txt'), 'two\n');
    for (let i = 0; i < 20; i++) await writeFile(live.at(`app/n${i.toString()}`), i.toString());
    for (const service of ['tended', 'powerless']) await converges(service);
    assert.equal(await inside('powerless', 'stat -c %u /app/a.txt'), '1000\n');
    assert.equal(
      rebuilt().find(it => it === 'tended' || it === 'powerless'),
      undefined,
    );
  });

  it('rebuilds a service with a read-only root, and says why', async () => {
    await converges('frozen');
    const event = live.session.events.find(it => it.type === 'rebuilding' && it.services.includes('frozen'));
    assert.match(event?.type === 'rebuilding' ? event.cause : '', /Read-only file system/);
  });

  it('goes on in a paused container when that goes on', async () => {
    const engine = `http://${device().address}:${String(device().ports.engine)}`;
    const id = await containerOf(device(), 'paused');
    const ask = async (what: string): Promise<void> => {
      const { ok } = await fetch(`${engine}/containers/${id}/${what}`, { method: 'POST' });
      assert.ok(ok);
    };
    await ask('pause');
    await writeFile(live.at('app/a.txt'), 'three\n');
    await unlink(live.at('app/n1'));
    await converges('tended');
    await ask('unpause');
    await converges('paused');
    assert.equal(await containerOf(device(), 'paused'), id);
  });

  it('leads into volumes and temporary file systems, and reports what becomes of files there', async () => {
    for (const directory of ['data', 'cache']) {
      await mkdir(live.at(`app/${directory}`));
      for (let i = 0; i < 12; i++) await writeFile(live.at(`app/${directory}/${i.toString()}`), i.toString());
    }
    await converges('mounted');
    // The files are there a moment before the session tells.
    await eventually(() => {
      const told = live.session.events.flatMap(it =>
        it.type === 'notice' && it.service === 'mounted' && it.message.startsWith('/app') ? [it.message] : [],
      );
      assert.deepEqual(told.sort(), [
        '/app/cache is a tmpfs in the container: what is synced there is gone when it starts again, until a live session syncs it again',
        '/app/data is a volume in the container: what is synced there stays when the service is rebuilt',
      ]);
    });
  });

  it('follows trees of hundreds of files, and leaves nothing of its own', async () => {
    await cp(path.join(import.meta.dirname, '../../src/release'), live.at('app/tree'), { recursive: true });
    await converges('powerless');
    await rename(live.at('app/tree'), live.at('app/moved'));
    await converges('powerless');
    assert.equal(await inside('powerless', 'ls -a / /app | grep os-live || :'), '');
  });
});
