import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { textOf } from '../read/json-messages.ts';
import type { OpenSocket } from './open-socket.ts';
import { SocketAgent } from './socket-agent.ts';

/** `GET /version`, sent before anything about the engine is known. */
export async function readEngineVersion(
  openSocket: OpenSocket,
  signal: AbortSignal,
): Promise<{ readonly apiVersion: string; readonly architecture: string | null }> {
  const agent = new SocketAgent(openSocket, { keepAlive: false });
  const body = await new Promise<string>((resolve, reject) => {
    request({ path: '/version', agent, signal }, response => {
      text(response).then(resolve, reject);
    })
      .on('error', reject)
      .end();
  });
  const version: unknown = JSON.parse(body);
  // Go's name for the architecture; `uname -m` would be one more question.
  const names: Record<string, string> = { amd64: 'x86_64', arm64: 'aarch64', arm: 'armv7l', '386': 'i686' };
  const arch = textOf(version, 'Arch');
  return {
    apiVersion: textOf(version, 'ApiVersion') ?? '1.24',
    architecture: arch === undefined ? null : (names[arch] ?? arch),
  };
}
