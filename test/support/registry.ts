import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { EmulatedDevice } from './emulated-device.ts';
import { openTempDirectory } from './temp-directory.ts';
import { makeTree } from './tree.ts';

export const registryLogin = { username: 'me', password: 'S3CRET' } as const;
/** Of that login, as `htpasswd -nB` writes it. */
const htpasswd = 'me:$2y$04$6iuVqvwPIS.o049oU6/RE.gKztlVKW2P3Mxn3lMXjRaGbG52bSuW2\n';

/** Debian's docker-registry on this machine, for whoever has `registryLogin`. */
export async function openRegistry(): Promise<AsyncDisposable & { readonly port: number }> {
  const temp = await openTempDirectory();
  const file = (name: string): string => path.join(temp.path, name);
  const config = {
    version: 0.1,
    log: { accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: file('data') } },
    http: { addr: '127.0.0.1:0', secret: 'of-a-test' },
    auth: { htpasswd: { realm: 'private', path: file('htpasswd') } },
  };
  await makeTree(temp.path, { htpasswd, 'config.yml': JSON.stringify(config) });
  const child = spawn('docker-registry', ['serve', file('config.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  const port = new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', line => {
      const [, found] = /listening on 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (found !== undefined) resolve(Number(found));
    });
    ended.then(() => reject(new Error('docker-registry does not start')), reject);
  });
  return {
    port: await port,
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
      await temp[Symbol.asyncDispose]();
    },
  };
}

/** Puts an image with a layer of `layerBytes` that no device has into the registry `host`; returns its name there. */
export async function fillRegistry(
  device: EmulatedDevice,
  host: string,
  layerBytes: number,
): Promise<string> {
  const image = `${host}/private/base:1`;
  const { username, password } = registryLogin;
  const { code, stderr } = await device.ssh(
    [
      'set -e; mkdir /tmp/image; cd /tmp/image; export DOCKER_CONFIG=/tmp/image',
      `head -c ${layerBytes.toString()} /dev/urandom > layer`,
      "printf 'FROM busybox\\nCOPY layer /\\n' > Dockerfile",
      `docker build -q -t ${image} .; docker login -u ${username} -p ${password} ${host}`,
      `docker push -q ${image}; docker rmi ${image}; rm -r /tmp/image`,
    ].join('\n'),
  );
  if (code !== 0) throw new Error(`the registry is not filled: ${stderr}`);
  return image;
}

/** Makes `port` of this machine a port of the device's own loopback address, from where its engine pulls without TLS. */
export async function openTunnel(
  address: string,
  port: number,
): Promise<AsyncDisposable & { readonly host: string }> {
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'ExitOnForwardFailure=yes',
    'LogLevel=ERROR',
  ];
  const child = spawn(
    'ssh',
    [
      ...['-F', 'none', '-p', '22222', '-T', ...options.flatMap(option => ['-o', option])],
      ...['-R', `127.0.0.1:5000:127.0.0.1:${port.toString()}`, `root@${address}`, 'echo ready; cat'],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'close');
  const isReady = await Promise.any([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!isReady) throw new Error('the tunnel to the device is not there');
  return {
    host: '127.0.0.1:5000',
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
