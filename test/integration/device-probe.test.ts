import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import net from 'node:net';
import { OsError } from '../../src/core/errors.ts';
import { readEngine } from '../../src/device/engine-probe.ts';
import { readDeviceInfo } from '../../src/device/info.ts';
import { probeDevice } from '../../src/device/probe.ts';
import { openTcp, PortFailure } from '../../src/net/tcp.ts';
import { readSupervisor } from '../../src/device/supervisor-probe.ts';

// Every device of these tests is an address of its own on loopback, so that the real ports can be used.
let lastHost = 1;
const newAddress = (): string => `127.77.0.${(++lastHost).toString()}`;

async function listen(server: net.Server, address: string, port: number): Promise<AsyncDisposable> {
  const sockets = new Set<net.Socket>();
  server.on('connection', socket => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
  });
  server.listen(port, address);
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const serveHttp = (address: string, port: number, answer: RequestListener): Promise<AsyncDisposable> =>
  listen(createServer(answer), address, port);

const serveRaw = (
  address: string,
  port: number,
  answer: (socket: net.Socket) => void,
): Promise<AsyncDisposable> => listen(net.createServer(answer), address, port);

const engineAnswers: RequestListener = (request, response) => {
  const answers: Record<string, unknown> = {
    '/version': { Version: '20.10.44', ApiVersion: '1.41', Arch: 'arm64' },
    '/info': {
      ID: 'ABCD',
      Name: 'kitchen',
      OperatingSystem: 'balenaOS 8.0.2',
      OSVersion: '8.0.2',
      Architecture: 'aarch64',
      Containers: 3,
      ContainersRunning: 2,
      Images: 7,
      MemTotal: 1000,
    },
  };
  response.end(JSON.stringify(answers[request.url ?? ''] ?? {}));
};

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

describe('asking an engine', () => {
  it('both of its ports are asked, and the one that answers is told', async () => {
    const address = newAddress();
    await using _engine = await serveHttp(address, 2375, engineAnswers);
    await using _hanging = await serveRaw(address, 2377, () => undefined);
    const engine = await readEngine(address, soon());
    assert.deepEqual(
      [engine?.port, engine?.version, engine?.apiVersion, engine?.containers],
      [2375, '20.10.44', '1.41', { running: 2, total: 3 }],
    );
  });

  it('one that is slow to tell about itself is told by its version', async () => {
    const address = newAddress();
    await using _engine = await serveHttp(address, 2377, (request, response) => {
      if (request.url === '/version') engineAnswers(request, response);
    });
    const { engine } = await probeDevice(address, null, soon(), 300);
    assert.deepEqual([engine?.port, engine?.version, engine?.id], [2377, '20.10.44', null]);
  });

  const sick: [what: string, answer: (socket: net.Socket) => void][] = [
    ['hangs up at once', socket => void socket.destroy()],
    ['resets the connection', socket => void socket.once('data', () => socket.resetAndDestroy())],
    ['does not speak HTTP', socket => void socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
    ['sends a page instead of JSON', socket => void socket.end('HTTP/1.1 200 OK\r\n\r\n<html>')],
    [
      'sends JSON of another shape',
      socket => void socket.end('HTTP/1.1 200 OK\r\n\r\n["ApiVersion",{"ID":[]}]'),
    ],
    [
      'sends numbers where text belongs',
      socket => void socket.end('HTTP/1.1 200 OK\r\n\r\n{"ApiVersion":141}'),
    ],
    [
      'never stops sending',
      socket =>
        void (
          socket.write('HTTP/1.1 200 OK\r\n\r\n'),
          setInterval(() => socket.write('x'.repeat(100_000)), 1).unref()
        ),
    ],
  ];
  for (const [what, answer] of sick) {
    it(`one that ${what} is no engine`, async () => {
      const address = newAddress();
      await using _sick = await serveRaw(address, 2377, answer);
      assert.equal(await readEngine(address, soon()), null);
    });
  }
});

describe('asking a supervisor', () => {
  it('tells its version and the device type where it is open', async () => {
    const address = newAddress();
    await using _supervisor = await serveHttp(address, 48484, (request, response) => {
      const answers: Record<string, string> = {
        '/ping': 'OK',
        '/v2/version': '{"status":"success","version":"18.2.2"}',
        '/v2/local/device-info':
          '{"status":"sucess","info":{"arch":"aarch64","deviceType":"raspberrypi4-64"}}',
      };
      response.end(answers[request.url ?? '']);
    });
    assert.deepEqual(await readSupervisor(address, soon()), {
      port: 48484,
      version: '18.2.2',
      deviceType: 'raspberrypi4-64',
      arch: 'aarch64',
      asksForKey: false,
      isLocalMode: null,
    });
  });

  it('is seen also where it wants a key', async () => {
    const address = newAddress();
    await using _supervisor = await serveHttp(
      address,
      48484,
      (_, response) => void response.writeHead(401).end('Unauthorized'),
    );
    assert.deepEqual(await readSupervisor(address, soon()), {
      port: 48484,
      version: null,
      deviceType: null,
      arch: null,
      asksForKey: true,
      isLocalMode: null,
    });
  });

  it('is missed where none is', async () => {
    assert.equal(await readSupervisor(newAddress(), soon()), null);
  });
});

describe('probing a device', () => {
  it('a door that hangs does not hide what the others tell', async () => {
    const address = newAddress();
    await using _engine = await serveHttp(address, 2377, engineAnswers);
    await using _hanging = await serveRaw(address, 48484, () => undefined);
    const hang = (_: string, signal: AbortSignal): Promise<string> =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      );
    const { hostname, supervisor, engine, variant } = await probeDevice(address, hang, soon(), 1500);
    assert.deepEqual([hostname, supervisor, engine?.port, variant], ['kitchen', null, 2377, 'development']);
  });

  it('ends with the reason of whoever aborts it', async () => {
    const address = newAddress();
    await using _hanging = await serveRaw(address, 2377, () => undefined);
    const reason = new OsError('interrupted', 'interrupted');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 50);
    await assert.rejects(probeDevice(address, null, controller.signal), reason);
  });

  it('info tells what is open, and why the host was not asked', async () => {
    const address = newAddress();
    await using _engine = await serveHttp(address, 2377, engineAnswers);
    const refuse = (): Promise<string> => Promise.reject(new OsError('auth-refused', 'no key fits'));
    const info = await readDeviceInfo(address, refuse, { signal: soon() });
    assert.deepEqual(
      [info.engine?.images, info.hostProblem, info.storage, info.identity.isSshOpen],
      [7, 'no key fits', null, true],
    );
  });

  it('info of a device that only refuses us is that refusal', async () => {
    const refusal = new OsError('auth-refused', 'no key fits');
    await assert.rejects(
      readDeviceInfo(newAddress(), () => Promise.reject(refusal), { signal: soon() }),
      refusal,
    );
  });

  it('info never shows the secrets of config.json', async () => {
    const config = {
      uuid: 'u',
      hostname: 'kitchen',
      deviceApiKey: 'SECRET',
      apiKey: 'SECRET',
      wifiKey: 'SECRET',
      apiEndpoint: 'https://SECRET',
    };
    const run = (script: string): Promise<string> => {
      const boundary = /echo (section-\S+) config/.exec(script)?.[1] ?? '';
      return Promise.resolve(`\n${boundary} config\n${JSON.stringify(config)}\n`);
    };
    const info = await readDeviceInfo(newAddress(), run, { signal: soon() });
    assert.deepEqual(info.configuration, { hostname: 'kitchen', isManaged: true });
    assert.ok(!JSON.stringify(info).includes('SECRET'));
  });
});

describe('a TCP port', () => {
  it('that refuses says so', async () => {
    await assert.rejects(
      openTcp(newAddress(), 22222, soon()),
      (error: unknown) => error instanceof PortFailure && error.answer.outcome === 'refused',
    );
  });
});
