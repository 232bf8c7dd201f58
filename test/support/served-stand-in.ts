/** The stand-in for an emulated device's supervisor, served on loopback in front of an engine that has nothing. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { openServer } from '../../src/emulator/supervisor/http/server.ts';
import { StandIn } from '../../src/emulator/supervisor/stand-in.ts';
import { habitsOf, type Major } from '../../src/emulator/supervisor/versions.ts';
import type { Exchange } from './recorded-supervisor.ts';

export const standInUuid = '4905c80b483f16e190a49fec9a8241f9';

export interface StandInOptions {
  readonly isManaged?: boolean;
  /** Of a managed one. */
  readonly isLocalMode?: boolean;
  /** Address on which it is reached from the network too, on the supervisor's port, where it opens that. */
  readonly address?: string;
  /** Default: nothing is stored. */
  readonly save?: () => Promise<void>;
}

export interface ServedStandIn extends AsyncDisposable {
  readonly standIn: StandIn;
  /** Port on 127.0.0.1, where the device itself reaches it in every mode. */
  readonly port: number;
  readonly deaths: () => number;
  readonly ask: (
    request: Pick<Exchange, 'method' | 'path' | 'body' | 'contentType'>,
  ) => Promise<{ readonly status: number; readonly answer: string }>;
}

export async function serveStandIn(
  major: Major,
  { isManaged = false, isLocalMode = false, address, save = () => Promise.resolve() }: StandInOptions = {},
): Promise<ServedStandIn> {
  const engine = {
    ask: (_: string, path: string) =>
      Promise.resolve({
        status: /^\/images\/[^?]+\/json$/.test(path) ? 404 : 200,
        body: path.startsWith('/volumes') ? {} : [],
      }),
    open: () => Promise.reject(new Error('no stream')),
  };
  const reach = { isOpen: false };
  const standIn = new StandIn({
    engine,
    isManaged,
    habits: habitsOf(major),
    stored: { name: 'local', config: {}, isLocalMode, apps: [], firstImages: {}, containers: {} },
    save,
    complain: () => undefined,
    onReach: isOpen => {
      reach.isOpen = isOpen;
    },
    applyDelayMs: 0,
    device: {
      ...{ uuid: standInUuid, deviceType: 'generic-amd64', arch: 'amd64', osVersion: 'balenaOS 6.5.10' },
      ...{ engineSocket: '/run/docker.sock', hasAppUuid: major !== 12 },
    },
  });
  await standIn.start();
  let deaths = 0;
  const host = {
    network: { address: '10.77.0.60', mac: '8A:D3:AC:2C:06:99' },
    readHostname: () => Promise.resolve('sv1'),
    writeHostname: () => Promise.resolve(),
    reboot: () => undefined,
    shutDown: () => undefined,
    removeUnusedVolumes: () => Promise.resolve(),
  };
  const listen = async (at: string, port: number) => {
    const server = openServer(standIn, host, () => (deaths += 1));
    server.listen(port, at);
    await once(server, 'listening');
    return server;
  };
  const inside = await listen('127.0.0.1', 0);
  const servers = [inside, ...(address !== undefined && reach.isOpen ? [await listen(address, 48484)] : [])];
  const { port } = inside.address() as AddressInfo;
  return {
    standIn,
    port,
    deaths: () => deaths,
    async ask({ method, path, body, contentType }) {
      const response = await fetch(`http://127.0.0.1:${port.toString()}${path}`, {
        method,
        ...(body === null ? {} : { body: Buffer.from(body) }),
        headers: contentType === null ? {} : { 'content-type': contentType },
      });
      return { status: response.status, answer: await response.text() };
    },
    async [Symbol.asyncDispose]() {
      standIn.applier[Symbol.dispose]();
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }
    },
  };
}
