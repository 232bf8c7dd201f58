import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { openLiveProject, useLiveDevice, type LiveProject } from '../support/live-project.ts';
import { containerOf } from '../support/live-session.ts';

const end = 'STOPSIGNAL SIGKILL\nCMD ["sleep", "100000"]\n';
const moving =
  'mkdir -p /var/sub; if [ ! -L /app/sub ]; then cp -a /app/sub/. /var/sub/; rm -rf /app/sub; ln -s /var/sub /app/sub; fi; sleep 100000';

const tree = {
  'compose.yaml': `services:
  chmod: {build: ./chmod, network_mode: none}
  stage: {build: ./stage, network_mode: none}
  moving: {build: ./moving, network_mode: none}
  ruled:
    build: ./ruled
    network_mode: none
    develop:
      watch:
        - {action: sync, path: ./ruled, target: /app, ignore: [Dockerfile]}
        - {action: rebuild, path: ./ruled/package.json}
        - {action: sync, path: ./ruled/src, target: /mirror}
`,
  'chmod/Dockerfile': `FROM busybox\nWORKDIR /app\nCOPY . .\nRUN chmod +x start.sh && chown -R 7:8 own\n${end}`,
  'chmod/start.sh': 'one\n',
  'chmod/own/a': 'one\n',
  'stage/Dockerfile': `FROM busybox AS build\nWORKDIR /build\nCOPY package.json .\nRUN mkdir node_modules\nCOPY . .\nFROM busybox\nWORKDIR /app\nCOPY --from=build /build .\n${end}`,
  'stage/package.json': '{}\n',
  'stage/server.js': 'one\n',
  'moving/Dockerfile': `FROM busybox\nCOPY app /app\nSTOPSIGNAL SIGKILL\nCMD ["sh", "-c", "${moving}"]\n`,
  'moving/app/sub/f.txt': 'one\n',
  'ruled/Dockerfile': `FROM busybox\nWORKDIR /app\nRUN mkdir /mirror && chown 7:8 /app /mirror\nCOPY package.json .\nRUN cp package.json /installed\nUSER 7:8\n${end}`,
  'ruled/package.json': 'one\n',
  'ruled/src/a.js': 'one\n',
};

describe('live sync', function () {
  this.timeout(upTimeoutMs);
  const { device, inside } = useLiveDevice();
  let project: LiveProject;
  before(async () => {
    project = await openLiveProject(device(), tree, { services: 4 });
  });
  after(() => project[Symbol.asyncDispose]());

  const shows = (service: string, script: string, expected: string): Promise<void> =>
    eventually(async () => assert.equal(await inside(script, service), expected));
  const isNotRebuilt = (service: string): void => {
    const events = project.session.events.filter(
      it => it.type === 'rebuilding' && it.services.includes(service),
    );
    assert.deepEqual(events, []);
  };

  it('repeats a chmod and a chown that follow the COPY on just the files that were synced', async () => {
    const id = await containerOf(device(), 'chmod');
    await inside('echo app >/app/own/by-app', 'chmod');
    await writeFile(project.at('chmod/start.sh'), 'two\n');
    await writeFile(project.at('chmod/own/new'), 'new\n');
    await shows(
      'chmod',
      'cat /app/start.sh /app/own/new; stat -c "%a %u:%g" /app/start.sh /app/own/new /app/own/by-app',
      'two\nnew\n755 0:0\n644 7:8\n644 0:0\n',
    );
    assert.equal(await containerOf(device(), 'chmod'), id);
    isNotRebuilt('chmod');
  });

  it('syncs what passes through a stage after its last RUN', async () => {
    await writeFile(project.at('stage/server.js'), 'two\n');
    await shows('stage', 'cat /app/server.js', 'two\n');
    isNotRebuilt('stage');
  });

  it('goes through a link that the service has put in the place of a directory, and keeps it', async () => {
    await shows('moving', 'readlink /app/sub', '/var/sub\n');
    await writeFile(project.at('moving/app/sub/f.txt'), 'two\n');
    await writeFile(project.at('moving/app/sub/new.txt'), 'new\n');
    await shows('moving', 'readlink /app/sub; cat /var/sub/f.txt /var/sub/new.txt', '/var/sub\ntwo\nnew\n');
    isNotRebuilt('moving');
  });

  it('acts by every rule of develop.watch that matches, and gives files to the user of the container', async () => {
    await writeFile(project.at('ruled/src/a.js'), 'two\n');
    await shows(
      'ruled',
      'cat /app/src/a.js /mirror/a.js; stat -c %u:%g /app/src/a.js /mirror/a.js /app/src',
      'two\ntwo\n7:8\n7:8\n7:8\n',
    );
    isNotRebuilt('ruled');
    await writeFile(project.at('ruled/package.json'), 'two\n');
    await shows('ruled', 'cat /installed', 'two\n');
  });
});
