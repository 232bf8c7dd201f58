import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { PortFailure, type openTcp } from '../../../../src/net/tcp.ts';
import { suggestSsh } from '../../../../src/reach/engine/suggest-ssh.ts';

const { signal } = new AbortController();
const shut = (address: string, port: number) => ({ address, port, outcome: 'no answer' });

describe('the hint about an engine that does not answer', () => {
  it('asks the SSH port of every address at once, and waits a fifth of a second', async () => {
    const asked: unknown[] = [];
    const open: typeof openTcp = (address, port, _signal, timeoutMs?: number) => {
      asked.push([address, port, timeoutMs]);
      return Promise.reject(new PortFailure(shut(address, port)));
    };
    const answers = ['10.0.0.5', '10.0.0.6'].flatMap(address => [shut(address, 2377), shut(address, 2375)]);
    assert.equal(await suggestSsh(answers, open, signal), undefined);
    assert.deepEqual(asked, [
      ['10.0.0.5', 22222, 200],
      ['10.0.0.6', 22222, 200],
    ]);
  });

  it('is SSH where that port is open', async () => {
    const open: typeof openTcp = () => Promise.resolve(new Socket());
    assert.match((await suggestSsh([shut('10.0.0.5', 2377)], open, signal)) ?? '', /--via ssh/);
  });
});
