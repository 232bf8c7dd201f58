import assert from 'node:assert/strict';
import { chmod, cp, rm, writeFile } from 'node:fs/promises';
import { deviceEnvironment, upTimeoutMs } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { openFaultyRelay } from '../support/faulty-relay.ts';
import {
  idleDockerfile,
  openLiveProject,
  quietCompose,
  quietProject,
  useLiveDevice,
} from '../support/live-project.ts';
import { containerOf } from '../support/live-session.ts';
import { runOs } from '../support/run-program.ts';

describe('a live session goes on', function () {
  this.timeout(upTimeoutMs);
  const { device, inside, converges } = useLiveDevice();

  const post = async (url: string): Promise<void> => {
    const answer = await fetch(`http://${device().address}:${String(device().ports.engine)}${url}`, {
      method: 'POST',
    });
    assert.ok(answer.ok, await answer.text());
  };

  it('where its way into the container is cut in the middle of an edit', async () => {
    await using relay = await openFaultyRelay(device().address, device().ports.engine ?? 0);
    await using project = await openLiveProject(device(), quietProject, {
      target: '127.0.0.1',
      args: ['--engine-port', relay.port.toString()],
    });
    relay.fault = { do: 'cut', request: /\/exec\//, afterBytes: 1_000_000 };
    await writeFile(project.at('app/large'), Buffer.alloc(8_000_000, 'abcdefg'));
    await eventually(() => assert.ok(relay.hasFailed()));
    await writeFile(project.at('app/a.txt'), 'while nobody is reached\n');
    await project.session.next('waiting');
    relay.fault = undefined;
    await converges(project);
    assert.equal(await inside('ls -a /app | grep os-live; true'), '');
  });

  it('when the engine is restarted while it builds', async () => {
    await using project = await openLiveProject(device(), quietProject);
    const isBuilding = (): boolean =>
      project.session.events.some(it => (it as { instruction?: string }).instruction === 'RUN sleep 2');
    const again = idleDockerfile.replace('COPY', 'ENV BUILT=again\nRUN sleep 2\nCOPY');
    await writeFile(project.at('Dockerfile'), again);
    await eventually(() => assert.ok(isBuilding()));
    await device().ssh('systemctl restart balena');
    await eventually(async () => assert.equal(await inside('echo $BUILT'), 'again\n'));
    await writeFile(project.at('app/a.txt'), 'afterwards\n');
    await converges(project);
  });

  it('when the container is stopped: it waits until somebody starts it', async () => {
    await using project = await openLiveProject(device(), {
      ...quietProject,
      'compose.yaml': quietCompose.replace('sync', 'sync+restart'),
    });
    const id = await containerOf(device(), 'main');
    await post(`/containers/${id}/stop?t=1`);
    const waiting = await project.session.next('waiting');
    assert.equal(waiting.cause, 'it was stopped: `os start` starts it');
    await writeFile(project.at('app/a.txt'), 'while it was stopped\n');
    const { length } = project.session.events;
    await post(`/containers/${id}/start`);
    await project.session.next('in-sync', length);
    assert.equal(await inside('cat /app/a.txt'), 'while it was stopped\n');
    assert.equal(project.session.events.slice(0, length).filter(it => it.type === 'restarted').length, 0);
  });

  it('when somebody else recreates the container, of older sources', async () => {
    await using project = await openLiveProject(device(), quietProject);
    const older = `${project.directory}-older`;
    await cp(project.directory, older, { recursive: true });
    await writeFile(`${older}/app/older.txt`, 'only there\n');
    await writeFile(project.at('app/a.txt'), 'edited since\n');
    await converges(project);
    const id = await containerOf(device(), 'main');
    const name = project.directory.split('/').at(-1) ?? '';
    const pushed = await runOs(['push', device().address, '-s', older, '--project', name, '--detach'], {
      env: deviceEnvironment(),
    });
    assert.equal(pushed.code, 0, pushed.stderr);
    assert.notEqual(await containerOf(device(), 'main'), id);
    await eventually(async () => assert.equal(await inside('cat /app/a.txt'), 'edited since\n'));
    await rm(older, { recursive: true });
  });

  it('when the service can not be started, and mends it with the next edit', async () => {
    await using project = await openLiveProject(device(), {
      Dockerfile: 'FROM busybox\nCOPY run /run.sh\nCMD ["/run.sh"]\n',
      run: { run: '#!/bin/sh\nwhile :; do sleep 0.2; done\n' },
    });
    await chmod(project.at('run'), 0o644);
    assert.match((await project.session.next('sync-failed')).message, /permission denied/);
    await writeFile(project.at('run'), '#!/bin/sh\necho mended >/mended; while :; do sleep 0.2; done\n');
    await chmod(project.at('run'), 0o755);
    await eventually(async () => assert.equal(await inside('cat /mended'), 'mended\n'));
  });

  it('after the device was rebooted: what was edited meanwhile is there when it is back', async () => {
    const compose = quietCompose.replace('build: .', 'build: .\n    restart: always');
    await using project = await openLiveProject(device(), {
      ...quietProject,
      'compose.yaml': compose,
      Dockerfile: idleDockerfile.replace('COPY', 'COPY list /list\nRUN tr a-z A-Z </list >/built\nCOPY'),
      list: 'one',
      'app/gone.txt': 'gone\n',
    });
    await device().ssh('reboot');
    await project.session.next('waiting');
    await writeFile(project.at('app/a.txt'), 'while it was off\n');
    await rm(project.at('app/gone.txt'));
    await writeFile(project.at('list'), 'two');
    await converges(project);
    await eventually(async () => assert.equal(await inside('cat /built'), 'TWO'));
    assert.deepEqual(
      project.session.events.filter(it => it.type === 'rebuild-failed'),
      [],
    );
  });
});
