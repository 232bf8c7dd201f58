/**
 * The program that runs on an emulated device in place of its supervisor. systemd starts it; it is known to the engine by a
 * container of the supervisor's name that only sleeps.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEngineApi, type EngineApi } from './engine/engine-api.ts';
import { findImage, must } from './engine/engine-objects.ts';
import { openHost } from './host-actions.ts';
import { objectOf, textOf, type Json } from './json.ts';
import { openServer } from './http/server.ts';
import { StandIn } from './stand-in.ts';
import { readStored, writeStored, type Stored } from './stored-state.ts';
import { habitsOf, majors, releases } from './versions.ts';

const socket = '/run/docker.sock';
const configFile = '/mnt/boot/config.json';
const database = '/mnt/data/resin-data/balena-supervisor/database.json';
const ownName = 'balena_supervisor';
const port = 48484;

const readJson = async (file: string): Promise<Json> => {
  try {
    return objectOf(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return {};
  }
};

async function untilReady(engine: EngineApi): Promise<void> {
  for (;;) {
    try {
      if ((await findImage(engine, 'busybox:latest')) !== undefined) return;
    } catch {
      // The engine is about to be started.
    }
    await sleep(200);
  }
}

/** The container by which tools know that the device has a supervisor, and that it runs. */
async function openOwnContainer(engine: EngineApi, version: string): Promise<void> {
  const image = `balena/amd64-supervisor:v${version}`;
  const [repository = '', tag = ''] = image.split(':');
  await must(engine, 'POST', `/images/busybox:latest/tag?repo=${encodeURIComponent(repository)}&tag=${tag}`);
  const body = {
    Image: image,
    Cmd: ['sleep', '2147483647'],
    Labels: {},
    HostConfig: { NetworkMode: 'host', Init: true },
  };
  await engine.ask('DELETE', `/containers/${ownName}?force=1`);
  await must(engine, 'POST', `/containers/create?name=${ownName}`, { body });
  await must(engine, 'POST', `/containers/${ownName}/start`, { allowed: [304] });
}

async function main(): Promise<void> {
  const major = majors.find(it => it.toString() === process.env['SUPERVISOR_MAJOR']) ?? 19;
  const habits = habitsOf(major);
  const engine = openEngineApi(socket);
  await untilReady(engine);
  await openOwnContainer(engine, releases[major]);
  const config = await readJson(configFile);
  const deviceType = await readJson('/mnt/boot/device-type.json');
  const release = await readFile('/etc/os-release', 'utf8');
  const stored: Stored = (await readStored(database)) ?? {
    name: 'local',
    config: {},
    apps: [],
    firstImages: {},
    containers: {},
    isLocalMode: process.env['SUPERVISOR_STARTS_IN_LOCAL_MODE'] === 'true',
  };
  let saved = Promise.resolve();
  const standIn = new StandIn({
    engine,
    stored,
    habits,
    save: () => {
      // One at a time: each writes the same temporary file first.
      const write = (): Promise<void> => writeStored(database, stored);
      saved = saved.then(write, write);
      return saved;
    },
    isManaged: textOf(config['apiEndpoint']) !== '',
    device: {
      uuid: textOf(config['uuid']),
      deviceType: textOf(deviceType['slug']),
      arch: textOf(deviceType['arch']),
      osVersion: /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? '',
      engineSocket: socket,
      hasAppUuid: major !== 12,
    },
    complain: message => {
      writeSync(2, `${message}\n`);
    },
    onReach: isOpen => {
      void listen(isOpen);
    },
  });
  const server = openServer(standIn, openHost(engine, configFile), () => {
    // A real one ends with an unhandled rejection; systemd starts it again.
    process.kill(process.pid, 'SIGKILL');
  });
  /** A firewall keeps a closed port from the network; here it is not opened to it. */
  async function listen(isOpen: boolean): Promise<void> {
    if (server.listening) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
    server.listen(port, isOpen ? '::' : '127.0.0.1');
  }
  const end = async (): Promise<void> => {
    await engine.ask('POST', `/containers/${ownName}/stop?t=0`).catch(() => undefined);
    // eslint-disable-next-line no-restricted-syntax -- a program of its own, whose streams of logs never end
    process.exit(0);
  };
  process.on('SIGTERM', () => void end());
  // A poll of its cloud, for which nobody wants to wait.
  process.on('SIGUSR1', () => {
    standIn.applier.trigger();
  });
  setInterval(() => {
    if (!standIn.isLocalMode) standIn.applier.trigger();
  }, habits.pollIntervalMs);
  await standIn.start();
}

await main();
