import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { packFiles } from '../../src/engine/pack-files.ts';

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** A registry with one image of one file, `private/base:1`, for whoever has the login. */
export async function openPrivateRegistry(login: {
  username: string;
  password: string;
}): Promise<AsyncDisposable & { readonly port: number }> {
  const file = { path: '/hello', content: Buffer.from('hello'), mode: 0o644, uid: 0, gid: 0 };
  const tar = packFiles([file]);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      ...{ architecture: 'amd64', os: 'linux', config: {} },
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    }),
  );
  const media = 'application/vnd.docker';
  const manifestType = `${media}.distribution.manifest.v2+json`;
  const manifest = Buffer.from(
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType: manifestType },
      config: {
        mediaType: `${media}.container.image.v1+json`,
        size: config.length,
        digest: digestOf(config),
      },
      layers: [
        { mediaType: `${media}.image.rootfs.diff.tar.gzip`, size: layer.length, digest: digestOf(layer) },
      ],
    }),
  );
  const blobs = new Map([config, layer, manifest].map(content => [digestOf(content), content]));
  const expected = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const server = http.createServer(({ url = '', method, headers }, response) => {
    const name = url.split('/').at(-1) ?? '';
    const content =
      name === '1' ? manifest : (blobs.get(name) ?? (url === '/v2/' ? Buffer.from('{}') : undefined));
    if (headers.authorization !== expected)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="private"' }).end();
    else if (content === undefined) response.writeHead(404).end();
    else {
      response.writeHead(200, {
        'content-type': content === manifest ? manifestType : 'application/octet-stream',
        'content-length': content.length,
        'docker-content-digest': digestOf(content),
      });
      response.end(method === 'HEAD' ? undefined : content);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
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
