import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { jsonOf } from '../../net/json-fields.ts';
import { translateEngineError } from '../engine-errors.ts';
import { BrokenJson, textOf } from '../read/json-messages.ts';
import type { OpenSocket } from './open-socket.ts';
import { SocketAgent } from './socket-agent.ts';

/** Throws BrokenJson where something else answers, or not the whole answer came. */
function parseAnswer(body: string): unknown {
  const answer = jsonOf(body);
  if (answer === undefined) throw new BrokenJson('the engine answers with what is no JSON');
  return answer;
}

/** `GET /version`, sent before anything about the engine of `where` is known. Throws OsError `connection-lost`. */
export async function readEngineVersion(
  where: string,
  openSocket: OpenSocket,
  signal: AbortSignal,
): Promise<{ readonly apiVersion: string; readonly architecture: string | null }> {
  const agent = new SocketAgent(openSocket, { keepAlive: false });
  const answered = new Promise<string>((resolve, reject) => {
    request({ path: '/version', agent, signal }, response => {
      text(response).then(resolve, reject);
    })
      .on('error', reject)
      .end();
  });
  const version = await answered.then(parseAnswer).catch((error: unknown) => {
    throw translateEngineError(where, error, signal);
  });
  // Go's name for the architecture; `uname -m` would be one more question.
  const names: Record<string, string> = { amd64: 'x86_64', arm64: 'aarch64', arm: 'armv7l', '386': 'i686' };
  const arch = textOf(version, 'Arch');
  return {
    apiVersion: textOf(version, 'ApiVersion') ?? '1.24',
    architecture: arch === undefined ? null : (names[arch] ?? arch),
  };
}
