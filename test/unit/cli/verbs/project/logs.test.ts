import assert from 'node:assert/strict';
import { logs, type LogsDependencies, type LogsRequest } from '../../../../../src/cli/verbs/project/logs.ts';
import type { LogEvent } from '../../../../../src/logs/log-line.ts';
import type { ReachedEngine } from '../../../../../src/reach/engine/reached-engine.ts';
import { FakeLogEngine } from '../../../../support/fake-log-engine.ts';

const line = '2026-01-02T03:00:01.000000000Z hello';
const interruption = new Error('interrupted');

/** Reads the logs of the project `shop`; returns what was noted and the types of the events. */
async function read(
  engine: FakeLogEngine,
  request: Partial<LogsRequest> = {},
): Promise<{ notes: string[]; events: LogEvent['type'][] }> {
  const stop = new AbortController();
  const notes: string[] = [];
  const events: LogEvent['type'][] = [];
  const { listContainers } = engine;
  const reached = Object.assign(engine, {
    [Symbol.asyncDispose]: () => Promise.resolve(),
    listContainers: (...[filter, signal]: Parameters<typeof listContainers>) =>
      filter['com.docker.compose.project'] === 'shop'
        ? listContainers(filter, signal).then(all => all.map(it => ({ ...it, image: 'shop-web', ports: [] })))
        : Promise.resolve([]),
  });
  const dependencies = {
    signal: stop.signal,
    note: text => {
      notes.push(text);
      stop.abort(request.isFollowed === true ? interruption : undefined);
    },
    report: ({ type }) => events.push(type),
    awaitReader: () => undefined,
    reach: () => Promise.resolve({ engine: reached } as unknown as ReachedEngine),
    readProject: () => assert.fail('its name is given'),
    expectServices: () => undefined,
    openHost: () => assert.fail('no journal is asked for'),
  } satisfies LogsDependencies;
  const ended = logs(dependencies, {
    target: {} as LogsRequest['target'],
    project: { projectName: 'shop' } as LogsRequest['project'],
    services: [],
    isFollowed: false,
    ...request,
  });
  await (request.isFollowed === true ? assert.rejects(ended, interruption) : ended);
  return { notes, events };
}

describe('os logs of services that print nothing', () => {
  const silent = (): FakeLogEngine => new FakeLogEngine().add('1', { service: 'web', lines: [] });

  it('says that they printed nothing, and that it waits with --follow', async () => {
    assert.deepEqual((await read(silent())).notes, ['web printed nothing so far']);
    assert.deepEqual((await read(silent(), { isFollowed: true })).notes, [
      'web printed nothing so far; waiting for lines, until Ctrl-C',
    ]);
    const printed = new FakeLogEngine().add('1', { service: 'web', lines: [line] });
    assert.deepEqual((await read(printed, { since: { agoS: 60 } })).notes, [
      'web printed nothing since then',
    ]);
  });

  it('says that there is no container', async () => {
    assert.deepEqual((await read(new FakeLogEngine())).notes, [
      'the project shop has no container: push it first',
    ]);
  });

  it('says nothing beside a line, and nothing if no line is asked for', async () => {
    const engine = new FakeLogEngine().add('1', { service: 'web', lines: [line] });
    assert.deepEqual(await read(engine), { notes: [], events: ['log'] });
    assert.deepEqual((await read(engine, { tail: 0 })).notes, []);
  });
});
