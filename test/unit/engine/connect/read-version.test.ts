import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { readEngineVersion } from '../../../../src/engine/connect/read-version.ts';

const { signal } = new AbortController();

/** A connection on which `answer` comes after the request, and then its end. */
const answering = (answer: string) => (): Promise<Duplex> =>
  Promise.resolve(
    new Duplex({
      read: () => undefined,
      write(_data, _encoding, done) {
        if (answer !== '') this.push(answer);
        this.push(null);
        done();
      },
    }),
  );

describe('the version of an engine that is asked first', () => {
  it('is read, with the name of its architecture as a kernel has it', async () => {
    const body = '{"ApiVersion":"1.41","Arch":"arm64"}';
    const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length.toString()}\r\n\r\n${body}`;
    const version = await readEngineVersion('mydevice', answering(answer), signal);
    assert.deepEqual(version, { apiVersion: '1.41', architecture: 'aarch64' });
  });

  it('is a lost connection, and no defect, where the connection ends before the answer, within it, or another answers', async () => {
    for (const answer of [
      '',
      'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"ApiVersion"',
      'HTTP/1.1 200 OK\r\n\r\n{"ApiVersion"',
      'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<p/>',
      'SSH-2.0-OpenSSH_9.2\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
      `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
    ])
      await assert.rejects(readEngineVersion('mydevice', answering(answer), signal), {
        code: 'connection-lost',
        message: 'the connection to the engine of mydevice is lost',
      });
  });
});
