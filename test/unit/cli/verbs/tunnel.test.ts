import assert from 'node:assert/strict';
import { tunnel } from '../../../../src/cli/verbs/tunnel.ts';
import type { TunnelDependencies, TunnelRequest } from '../../../../src/cli/verbs/tunnel-request.ts';
import { parseTunnelWords } from '../../../../src/tunnel/port-words.ts';
import type { TunnelEvent } from '../../../../src/tunnel/tunnel-events.ts';

const unexpected = (): never => assert.fail('it is not to be called');

const request = (words: readonly string[], more: Partial<TunnelRequest> = {}): TunnelRequest => ({
  words: parseTunnelWords(words, undefined),
  reverse: [],
  target: { via: undefined },
  project: { source: '.', composeFiles: [], envFiles: [], profiles: [], variables: [], buildArgs: {} },
  sshPort: undefined,
  bind: undefined,
  isAll: false,
  ...more,
});

function dependencies(devices: readonly string[]): TunnelDependencies & { readonly events: TunnelEvent[] } {
  const events: TunnelEvent[] = [];
  return {
    events,
    signal: new AbortController().signal,
    note: unexpected,
    reach: unexpected,
    readProject: unexpected,
    reportTunnel: event => events.push(event),
    isDeviceName: name => Promise.resolve(devices.includes(name)),
    chooseDevice: () => Promise.reject(new Error('it goes on to the device')),
    openLastingHost: unexpected,
    pickPorts: undefined,
    findHolder: unexpected,
  };
}

describe('os tunnel', () => {
  it('refuses a word that may be a service or a device, with both spellings', async () => {
    await assert.rejects(tunnel(dependencies(['kitchen']), request(['kitchen:80:8080'])), {
      code: 'usage',
      message: 'kitchen:80:8080 may be a port of a service kitchen, or of the device kitchen',
      hint: 'say which: os tunnel --device DEVICE kitchen:80:8080, or os tunnel kitchen 80:8080',
    });
    const goesOn = /it goes on to the device/;
    await assert.rejects(tunnel(dependencies(['hall']), request(['kitchen:80'])), goesOn);
    await assert.rejects(tunnel(dependencies(['kitchen']), request(['kitchen', '80'])), goesOn);
  });

  it('warns about an address that lets others in, and refuses what is none', async () => {
    const warned = async (bind: string): Promise<number> => {
      const given = dependencies([]);
      await assert.rejects(tunnel(given, request(['dev', '80'], { bind })), /it goes on/);
      return given.events.length;
    };
    assert.deepEqual(await Promise.all(['0.0.0.0', '::', '192.168.1.2'].map(warned)), [1, 1, 1]);
    assert.deepEqual(
      await Promise.all(['127.0.0.1', '::1', '127.0.0.2', 'localhost'].map(warned)),
      [0, 0, 0, 0],
    );
    await assert.rejects(tunnel(dependencies([]), request(['dev', '80'], { bind: 'eth0' })), {
      code: 'usage',
    });
  });
});
