import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { extract } from 'tar-stream';

/** Docker's own client, whose builds go to an engine that only keeps what it is sent. */
export interface DockerClient extends AsyncDisposable {
  /** The names of the files that `docker build` sends of `directory`, sorted; undefined where it refuses. */
  contextOf(directory: string): Promise<string[] | undefined>;
}

/** Opens a client; `home` is an empty directory for its socket and its settings. */
export async function openDockerClient(home: string): Promise<DockerClient> {
  let sent: string[] | undefined;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('Api-Version', '1.41');
    if ((request.url ?? '').includes('/build?')) {
      sent = [];
      const names = sent;
      const tar = request.pipe(extract());
      for await (const entry of tar) {
        if (entry.header.type !== 'directory') names.push(entry.header.name);
        entry.resume();
      }
      response.end('{"stream":"Successfully built 0123456789ab\\n"}\n');
    } else response.end((request.url ?? '').endsWith('/_ping') ? 'OK' : '{}');
  };
  const server = createServer((request, response) => void answer(request, response));
  const socket = path.join(home, 'engine.sock');
  await new Promise<void>(resolve => server.listen(socket, resolve));
  return {
    async contextOf(directory) {
      sent = undefined;
      const env = {
        PATH: process.env['PATH'],
        HOME: home,
        DOCKER_CONFIG: path.join(home, 'config'),
        DOCKER_HOST: `unix://${socket}`,
        DOCKER_BUILDKIT: '0',
      };
      const isRefused = await promisify(execFile)('docker', ['build', '-q', directory], { env }).then(
        () => false,
        () => true,
      );
      const names = sent as string[] | undefined;
      if (names === undefined && !isRefused) throw new Error('docker build has sent nothing');
      return isRefused ? undefined : names?.sort();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** The major version of the installed client; 0 without one. Before 23, its ignore rules are others. */
export async function dockerClientVersion(): Promise<number> {
  const { stdout } = await promisify(execFile)('docker', ['--version']).catch(() => ({ stdout: '' }));
  return Number(/version (\d+)\./.exec(stdout)?.[1] ?? 0);
}
