import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Client } from 'ssh2';
import { openClientSession } from '../../../src/ssh/client-session.ts';
import type { RunResult, SshSession } from '../../../src/ssh/session.ts';
import { passTime } from '../../support/pass-time.ts';

type Done = (error: Error | undefined, channel?: unknown) => void;

/** A client whose server keeps the connection and answers nothing, unless a test does. */
class SilentClient extends EventEmitter {
  readonly asked: { readonly what: string; readonly done: Done }[] = [];
  readonly #ask =
    (what: string) =>
    (...args: unknown[]): void =>
      void this.asked.push({ what, done: args.at(-1) as Done });
  exec = this.#ask('exec');
  shell = this.#ask('shell');
  forwardOut = this.#ask('forwardOut');
  forwardIn = this.#ask('forwardIn');
  unforwardIn = this.#ask('unforwardIn');
  openssh_forwardOutStreamLocal = this.#ask('unix');
  end = (): void => undefined;
}

/** A channel that runs a command without an end. */
class OpenChannel extends Duplex {
  readonly stderr = new PassThrough();
  isClosed = false;
  override _read(): void {
    // A test pushes what it prints.
  }
  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done();
  }
  close(): void {
    this.isClosed = true;
  }
}

const open = (): { client: SilentClient; session: SshSession } => {
  const client = new SilentClient();
  return { client, session: openClientSession(client as unknown as Client, new Socket(), 'shop') };
};

const silent = (what: string): { code: string; message: string } => ({
  code: 'connection-lost',
  message: `shop stops answering: ${what}`,
});

describe('a device that keeps the connection and does not answer', () => {
  const requests: Record<string, (session: SshSession) => Promise<unknown>> = {
    'a command': session => session.exec('true'),
    'a command to end from here': session => session.openCommand('true'),
    'the login shell': session => session.openCommand(undefined),
    'a terminal': session => session.openTty({ term: 'xterm', columns: 80, rows: 24, command: 'sh' }),
    'a bridge': session => session.openBridge('relay'),
    'a port': session => session.openPort(80),
    'a socket': session => session.openUnixSocket('/run/engine.sock'),
    'a port to listen on': session => session.listenOn('127.0.0.1', 80, () => undefined),
    'the end of listening': session => session.stopListening('127.0.0.1', 80),
    'a command and its output': session => session.run('true'),
  };
  for (const [name, request] of Object.entries(requests))
    it(`ends a request for ${name} after a time limit, as a lost connection`, async () => {
      const asking = passTime(() => request(open().session));
      await assert.rejects(asking, silent('it did not answer a request within 30 s'));
    });

  /** Runs `command` while time passes, with a channel that `opened` uses once the device has opened it. */
  const runOn = (
    request: (session: SshSession) => Promise<RunResult>,
    opened: (channel: OpenChannel) => void = () => undefined,
  ): { readonly channel: OpenChannel; readonly running: Promise<RunResult> } => {
    const { client, session } = open();
    const channel = new OpenChannel();
    const running = passTime(async () => {
      const ended = request(session);
      await setImmediate();
      client.asked[0]?.done(undefined, channel);
      opened(channel);
      return ended;
    });
    return { channel, running };
  };

  it('ends a command that is waited for and does not end', async () => {
    const { channel, running } = runOn(session => session.run('cat /dev/stuck'));
    await assert.rejects(running, silent('a command on it did not end within 120 s'));
    assert.ok(channel.isClosed);
  });

  it('gives a command as long as its caller says', async () => {
    const end = (channel: OpenChannel): void => {
      channel.emit('exit', 0);
      channel.push('sum');
      channel.push(null);
      channel.stderr.end();
      channel.emit('close');
    };
    const { running } = runOn(
      session => session.run('sha256sum large', { timeoutMs: 300_000 }),
      channel => void setTimeout(() => end(channel), 290_000),
    );
    assert.equal((await running).stdout.toString(), 'sum');
  });

  it('closes a channel that is opened after nobody waits for it any more', async () => {
    const { client, session } = open();
    await assert.rejects(
      passTime(() => session.exec('true')),
      { code: 'connection-lost' },
    );
    const channel = new OpenChannel();
    client.asked[0]?.done(undefined, channel);
    assert.ok(channel.isClosed);
    await assert.rejects(
      passTime(() => session.openPort(80)),
      { code: 'connection-lost' },
    );
    const stream = new PassThrough();
    client.asked[1]?.done(undefined, stream);
    assert.ok(stream.destroyed);
  });

  it('does not hold up whoever stops waiting', async () => {
    const { session } = open();
    const stopping = new AbortController();
    const running = session.run('true', { signal: stopping.signal });
    stopping.abort(new Error('enough'));
    await assert.rejects(running, { message: 'enough' });
  });
});
