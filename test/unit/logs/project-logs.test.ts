import assert from 'node:assert/strict';
import { OsError } from '../../../src/core/errors.ts';
import type { LogEvent } from '../../../src/logs/log-line.ts';
import type { AwaitReader } from '../../../src/logs/log-source.ts';
import { ProjectLogs } from '../../../src/logs/project-logs.ts';
import { readLogs } from '../../../src/logs/read-logs.ts';
import { FakeLogEngine } from '../../support/fake-log-engine.ts';

const at = (seconds: number): string => `2026-01-02T03:00:${seconds.toString().padStart(2, '0')}.000000000Z`;
const refusal = new OsError('engine-refused', 'configured logging driver does not support reading');

const textOf = (event: LogEvent): string =>
  event.type === 'log'
    ? `${event.service}: ${event.text}`
    : event.type === 'unreadable'
      ? `${event.service} is unreadable`
      : event.type;

interface Reading {
  readonly events: string[];
  readonly ended: Promise<void>;
  readonly stop: AbortController;
}

interface StartOptions {
  readonly follow?: boolean;
  readonly isWanted?: (service: string) => boolean;
  readonly tail?: number;
  readonly since?: string;
  readonly awaitReader?: AwaitReader;
}

function start(
  engine: FakeLogEngine,
  { follow = false, isWanted = (): boolean => true, awaitReader, ...past }: StartOptions = {},
): Reading {
  const events: string[] = [];
  const stop = new AbortController();
  const report = (event: LogEvent): void => void events.push(textOf(event));
  const source = new ProjectLogs(engine, { project: 'shop', isWanted, report, awaitReader, ...past });
  return { events, stop, ended: readLogs([source], { follow, signal: stop.signal, report, awaitReader }) };
}

/** Lets everything that is ready happen. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i += 1) await new Promise(setImmediate);
};

describe('the logs of a project', () => {
  it('are those of all services but the one whose log driver keeps none, which is named', async () => {
    const engine = new FakeLogEngine()
      .add('1', { service: 'web', lines: [`${at(1)} hello`] })
      .add('2', { service: 'quiet', lines: [], refusal });
    const { events, ended } = start(engine);
    await ended;
    assert.deepEqual(events, ['quiet is unreadable', 'web: hello']);
  });

  it('are read no further than whoever takes them has taken, and end meanwhile when told to', async () => {
    const engine = new FakeLogEngine().add('1', { service: 'web', lines: [`${at(1)} a`, `${at(2)} b`] });
    const waiting: (() => void)[] = [];
    const awaitReader: AwaitReader = signal =>
      new Promise(resolve => {
        waiting.push(resolve);
        signal.addEventListener('abort', () => resolve());
      });
    const { events, ended, stop } = start(engine, { follow: true, awaitReader });
    const takes = async (): Promise<void> => {
      waiting.shift()?.();
      await settle();
    };
    await settle();
    assert.deepEqual(events, ['web: a']);
    await takes();
    assert.deepEqual(events, ['web: a', 'web: b']);
    await takes();
    // What is followed begins with the last line, which is not reported again.
    await takes();
    engine.print('1', `${at(3)} c`);
    engine.print('1', `${at(4)} d`);
    await settle();
    assert.deepEqual(events, ['web: a', 'web: b', 'web: c']);
    stop.abort(new OsError('interrupted', 'enough'));
    await assert.rejects(ended, { code: 'interrupted' });
    assert.deepEqual(events, ['web: a', 'web: b', 'web: c']);
  });

  it('fail with the reason if none of them can be read', async () => {
    const engine = new FakeLogEngine().add('2', { service: 'quiet', lines: [], refusal });
    await assert.rejects(start(engine).ended, refusal);
  });

  it('are followed although one of them cannot be read, which is said once', async () => {
    const engine = new FakeLogEngine()
      .add('1', { service: 'web', lines: [] })
      .add('2', { service: 'quiet', lines: [], refusal });
    const { events, ended, stop } = start(engine, { follow: true });
    await settle();
    engine.print('1', `${at(1)} hello`);
    await settle();
    engine.emit('start', '2');
    await settle();
    assert.deepEqual(events, ['quiet is unreadable', 'web: hello', 'container']);
    stop.abort(new OsError('interrupted', 'interrupted'));
    await assert.rejects(ended, { code: 'interrupted' });
  });

  it('go on when the clock of the device is set back', async () => {
    const engine = new FakeLogEngine().add('1', { service: 'web', lines: [`${at(50)} late`] });
    const { events, ended, stop } = start(engine, { follow: true });
    await settle();
    engine.print('1', `${at(3)} early`);
    await settle();
    assert.deepEqual(events, ['web: late', 'web: early']);
    stop.abort();
    await assert.rejects(ended);
  });

  it('go on after the container was started again with the clock set back', async () => {
    const engine = new FakeLogEngine().add('1', { service: 'web', lines: [`${at(50)} late`] });
    engine.now = at(2);
    const { events, ended, stop } = start(engine, { follow: true });
    engine.print('1', `${at(3)} early`);
    await settle();
    assert.deepEqual(events.slice(-2), ['web: late', 'web: early']);
    stop.abort();
    await assert.rejects(ended);
  });

  it('have every line once that is printed between the past and what is followed', async () => {
    const engine = new FakeLogEngine().add('1', { service: 'web', lines: [`${at(1)} a`, `${at(2)} b`] });
    const { events, ended, stop } = start(engine, { follow: true });
    for (let i = 3; i < 40; i += 1) {
      engine.print('1', `${at(i)} line ${i.toString()}`);
      await new Promise(setImmediate);
    }
    await settle();
    const lines = Array.from({ length: 37 }, (_, i) => `web: line ${(i + 3).toString()}`);
    assert.deepEqual(events, ['web: a', 'web: b', ...lines]);
    stop.abort();
    await assert.rejects(ended);
  });

  it('begin where --tail and --since say, and go on from there', async () => {
    const lines = [`${at(1)} a`, `${at(2)} b`, `${at(3)} c`];
    const past = [
      [{ tail: 2 }, ['web: b', 'web: c']],
      [{ tail: 0 }, []],
      [{ since: '1767322803' }, ['web: c']],
      [{ since: '1767322850' }, []],
    ] as const;
    for (const [options, expected] of past) {
      const engine = new FakeLogEngine().add('1', { service: 'web', lines: [...lines] });
      const { events, ended, stop } = start(engine, { follow: true, ...options });
      await settle();
      engine.print('1', `${at(0)} set back`);
      await settle();
      assert.deepEqual(events, [...expected, 'web: set back']);
      stop.abort();
      await assert.rejects(ended);
    }
  });

  it('have those of a service that is wanted from now on', async () => {
    const wanted = new Set(['web']);
    const engine = new FakeLogEngine().add('1', { service: 'web', lines: [] });
    const { events, ended, stop } = start(engine, { follow: true, isWanted: it => wanted.has(it) });
    await settle();
    engine.add('2', { service: 'added', lines: [`${at(1)} hello`] });
    engine.emit('start', '2');
    await settle();
    assert.deepEqual(events, []);
    wanted.add('added');
    engine.emit('start', '2');
    await settle();
    assert.deepEqual(events, ['container', 'added: hello']);
    stop.abort();
    await assert.rejects(ended);
  });
});
