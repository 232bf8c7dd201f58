import assert from 'node:assert/strict';
import { PassThrough, type Duplex } from 'node:stream';
import { OsError } from '../../../../src/core/errors.ts';
import { PortFailure } from '../../../../src/net/tcp.ts';
import { openHostPorts, openSupervisorPort } from '../../../../src/reach/engine/host-ports.ts';
import type { SshSession } from '../../../../src/ssh/session.ts';

const { signal } = new AbortController();

describe("the way to a supervisor's API", () => {
  const dials: string[] = [];
  const open = (
    direct: 'open' | 'refused',
    ssh: 'open' | OsError,
    port: number | null = 2375,
  ): ((signal: AbortSignal) => Promise<Duplex>) =>
    openSupervisorPort(
      {
        ...{ address: '10.0.0.5', name: 'kitchen', port },
        openOnHost: to => {
          dials.push(`ssh ${to.toString()}`);
          return ssh === 'open' ? Promise.resolve(new PassThrough()) : Promise.reject(ssh);
        },
      },
      (address, to) => {
        dials.push(`${address} ${to.toString()}`);
        return direct === 'open'
          ? Promise.resolve(new PassThrough())
          : Promise.reject(new PortFailure({ address, port: to, outcome: 'refused', code: 'ECONNREFUSED' }));
      },
    );
  beforeEach(() => dials.splice(0));

  it('is its port on the network, where that is open', async () => {
    await open('open', 'open')(signal);
    assert.deepEqual(dials, ['10.0.0.5 48484']);
  });

  it('is SSH where its port is closed to the network, and stays SSH', async () => {
    const connect = open('refused', 'open');
    await connect(signal);
    await connect(signal);
    assert.deepEqual(dials, ['10.0.0.5 48484', 'ssh 48484', 'ssh 48484']);
  });

  it('is SSH alone where the engine was reached over SSH', async () => {
    await open('open', 'open', null)(signal);
    assert.deepEqual(dials, ['ssh 48484']);
  });

  it('is not there where neither answers, and both are named with what to do', async () => {
    const missing = new OsError('socket-missing', 'nobody');
    await assert.rejects(open('refused', missing)(signal), {
      code: 'device-unreachable',
      message:
        'the supervisor of kitchen is not reached: port 48484: refused; over SSH nothing answers there',
      hint: 'it restarts, or this device has none: `os info kitchen` says which',
    });
    await assert.rejects(open('refused', new OsError('auth-refused', 'it takes no key'))(signal), {
      message: 'the supervisor of kitchen is not reached: port 48484: refused; over SSH it takes no key',
    });
  });
});

describe("ports of a device's loopback address", () => {
  it('share one SSH session, which is opened when the first is wanted, again when it is lost, and closed at the end', async () => {
    const sessions: { isOpen: boolean; isDisposed: boolean }[] = [];
    const hostPorts = openHostPorts(() => {
      const state = { isOpen: true, isDisposed: false };
      sessions.push(state);
      const session = {
        get isOpen() {
          return state.isOpen;
        },
        openPort: () => Promise.resolve(new PassThrough()),
        [Symbol.asyncDispose]: () => {
          state.isDisposed = true;
          return Promise.resolve();
        },
      };
      return Promise.resolve(session as unknown as SshSession);
    });
    assert.equal(sessions.length, 0);
    await hostPorts.open(1);
    await hostPorts.open(2);
    assert.equal(sessions.length, 1);
    for (const state of sessions) state.isOpen = false;
    // At the same time, as the questions to a supervisor are asked: one that is opened for nobody would stay open.
    await Promise.all([hostPorts.open(1), hostPorts.open(2)]);
    assert.equal(sessions.length, 2);
    await hostPorts[Symbol.asyncDispose]();
    assert.equal(sessions.at(-1)?.isDisposed, true);
  });

  it('are tried again after a session could not be opened', async () => {
    const answers = [Promise.reject(new OsError('device-unreachable', 'it boots'))];
    const session = { isOpen: true, openPort: () => Promise.resolve(new PassThrough()) };
    const hostPorts = openHostPorts(
      () => answers.shift() ?? Promise.resolve(session as unknown as SshSession),
    );
    await assert.rejects(hostPorts.open(1), { message: 'it boots' });
    await hostPorts.open(1);
  });
});
