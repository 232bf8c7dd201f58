import assert from 'node:assert/strict';
import { mergeFacts } from '../../../src/device/probe-addresses.ts';
import type { Probed } from '../../../src/device/probe.ts';

const nothing: Probed = { engine: null, supervisor: null, host: null, isSshOpen: false, hostFailure: null };
const engine = (hostname: string): Probed['engine'] => ({
  port: 2377,
  version: '20.10',
  apiVersion: '1.41',
  id: 'ENGINE',
  hostname,
  osName: null,
  osVersion: null,
  architecture: 'x86_64',
  memoryBytes: null,
  storageDriver: null,
  rootDirectory: null,
  containers: null,
  images: null,
});

describe('what a device says at several addresses', () => {
  it('is taken together: SSH answers on IPv6, the engine on IPv4 alone', () => {
    const merged = mergeFacts(
      { ...nothing, isSshOpen: true, hostFailure: new Error('no key fits') },
      { ...nothing, engine: engine('kitchen') },
    );
    assert.deepEqual(
      [merged.engine?.hostname, merged.isSshOpen, merged.hostFailure?.message],
      ['kitchen', true, 'no key fits'],
    );
  });

  it('is not mixed with what another device says that calls itself differently', () => {
    const first: Probed = { ...nothing, engine: engine('kitchen') };
    const other: Probed = {
      ...nothing,
      engine: engine('attic'),
      supervisor: {
        port: 48484,
        version: '1',
        deviceType: null,
        arch: null,
      },
    };
    assert.equal(mergeFacts(first, other).supervisor, null);
  });
});
