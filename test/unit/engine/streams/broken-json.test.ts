import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { watchContainerStats } from '../../../../src/engine/container-stats.ts';
import { watchEngineEvents, type StreamSource } from '../../../../src/engine/streams/streams.ts';

const { signal } = new AbortController();

/** An engine whose streams print this. */
const printing = (text: string): StreamSource => {
  const open = (): Promise<Readable> => Promise.resolve(Readable.from([Buffer.from(text)]));
  const docker = { getEvents: open, getContainer: () => ({ stats: open }) };
  return { docker: docker as unknown as Docker, where: 'kitchen', brokenBy: () => undefined };
};

const event = JSON.stringify({
  Type: 'container',
  Action: 'start',
  Actor: { ID: 'c1', Attributes: { name: 'web' } },
  timeNano: 5,
});

async function actions(text: string): Promise<string[]> {
  const found: string[] = [];
  const options = { types: ['container'], filters: { label: [] }, signal };
  for await (const { action, id } of watchEngineEvents(printing(text), options))
    found.push(`${action} ${id}`);
  return found;
}

const lost = { code: 'connection-lost', message: 'the connection to the engine of kitchen is lost' };

describe('a stream of JSON from an engine', () => {
  it('that is cut off in the middle of a line, or is none, is a lost connection', async () => {
    await assert.rejects(actions(`${event}\n${event.slice(0, 30)}`), lost);
    await assert.rejects(actions('<html>\n'), lost);
    await assert.rejects(async () => {
      for await (const _ of watchContainerStats(printing('{"read":'), 'c1', signal));
    }, lost);
  });

  it('is read without what is no event', async () => {
    const odd = ['null', '5', '[]', '{}', '{"Type":"container","Action":"die"}', '{"Actor":{"ID":5}}'];
    assert.deepEqual(await actions([...odd, event, ''].join('\n')), ['start c1']);
    assert.deepEqual(await actions(event.replace('{"name":"web"}', 'null')), ['start c1']);
  });
});
