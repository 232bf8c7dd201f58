import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { openEngine } from '../../../src/engine/open-engine.ts';
import { passTime } from '../../support/pass-time.ts';

describe('a request that an engine never answers', () => {
  const silent = (ending?: AbortSignal): ReturnType<typeof openEngine> =>
    openEngine({
      where: 'silent',
      openSocket: () =>
        Promise.resolve(new Duplex({ read: () => undefined, write: (_data, _encoding, done) => done() })),
      keepAlive: false,
      engineApi: '1.41',
      ...(ending === undefined ? {} : { ending }),
    });

  it('does not hold up the end of an interrupted command, also where it takes no signal', async () => {
    const interruption = new AbortController();
    await using engine = await silent(interruption.signal);
    const reason = new Error('interrupted');
    const creating = passTime(() => {
      const created = engine.createContainer('os-look-1', { Image: 'busybox', Labels: {}, HostConfig: {} });
      interruption.abort(reason);
      return created;
    });
    await assert.rejects(creating, reason);
    await assert.rejects(engine.removeContainer('os-look-1'), reason);
  });

  it('ends as a lost connection, where the engine answers nothing else either', async () => {
    await using engine = await silent();
    const listing = passTime(() => engine.listContainers({}));
    await assert.rejects(listing, {
      code: 'connection-lost',
      message: 'the engine of silent stops answering',
    });
  });

  it('ends as a lost connection too where it had begun to be answered', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    let answers = 1;
    await using engine = await openEngine({
      where: 'stuck',
      openSocket: () => {
        const stream = new Duplex({ read: () => undefined, write: (_data, _encoding, done) => done() });
        if (answers-- > 0) stream.push(head);
        return Promise.resolve(stream);
      },
      keepAlive: false,
      engineApi: '1.41',
    });
    const reading = passTime(async () => {
      for await (const _ of engine.watchEvents({ types: ['volume'], signal: new AbortController().signal }));
    });
    await assert.rejects(reading, {
      code: 'connection-lost',
      message: 'the engine of stuck stops answering',
    });
  });

  it('leaves no connection open that was being made when the engine was closed', async () => {
    let connect: (stream: Duplex) => void = () => undefined;
    const opening = new Promise<Duplex>(resolve => {
      connect = resolve;
    });
    const engine = await openEngine({
      where: 'slow',
      openSocket: () => opening,
      keepAlive: true,
      engineApi: '1.41',
    });
    const removing = engine.removeContainer('1');
    await engine[Symbol.asyncDispose]();
    const stream = new Duplex({ read: () => undefined, write: (_data, _encoding, done) => done() });
    connect(stream);
    await assert.rejects(removing);
    assert.ok(stream.destroyed);
  });

  it('ends at once with the signal that it was given', async () => {
    const abort = new AbortController();
    await using engine = await silent();
    const creating = engine.createContainer(
      'os-look-1',
      { Image: 'busybox', Labels: {}, HostConfig: {} },
      { signal: abort.signal },
    );
    const reason = new Error('given up');
    abort.abort(reason);
    await assert.rejects(creating, reason);
  });
});
