import assert from 'node:assert/strict';
import { readLogLines } from '../../../../src/supervisor/client/log-lines.ts';

async function read(...chunks: (string | Buffer)[]): Promise<string[]> {
  const stream = (async function* () {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
  })();
  const lines: string[] = [];
  for await (const { service, text, timeMs } of readLogLines(stream))
    lines.push(`${service ?? '-'} ${timeMs?.toString() ?? '-'} ${text}`);
  return lines;
}

describe('the log stream of the supervisor', () => {
  it('tells the lines of services from those of the supervisor itself', async () => {
    assert.deepEqual(
      await read(
        '{"message":"Streaming logs","isSystem":true}\n',
        '{"serviceName":"main","message":"hello\\r","isStdErr":false,"timestamp":1700000000001,"serviceId":1}\n',
      ),
      ['- - Streaming logs', 'main 1700000000001 hello'],
    );
  });

  it('reads lines that come in pieces, and messages that are arrays of bytes', async () => {
    const line = '{"serviceName":"a","message":[104,195,169,13],"timestamp":1}\n';
    assert.deepEqual(await read(line.slice(0, 20), line.slice(20) + line.slice(0, 3), line.slice(3)), [
      'a 1 hé',
      'a 1 hé',
    ]);
  });

  it('passes over what is no log line, and goes on', async () => {
    const good = '{"serviceName":"a","message":"x"}\n';
    assert.deepEqual(await read('garbage\n[1]\n{"message":5}\n{"message":[999]}\n', good), ['a - x']);
    assert.deepEqual(await read('y'.repeat(2_000_000), `y\n${good}`), ['a - x']);
  });
});
