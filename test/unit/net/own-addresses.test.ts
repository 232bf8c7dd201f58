import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import {
  parseInterfaceAddresses,
  parseLocalRoutes,
  readOwnAddresses,
} from '../../../src/net/own-addresses.ts';

const fibTrie = `Local:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        +-- 127.0.0.0/31 1 0 0
           |-- 127.0.0.0
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
     +-- 172.17.0.0/16 2 0 2
        |-- 172.17.0.0
           /16 link UNICAST
        |-- 172.17.0.1
           /32 host LOCAL
        |-- 172.17.255.255
           /32 link BROADCAST
`;

describe('the addresses of this machine', () => {
  it('are all local routes of the kernel, those of interfaces without a carrier among them', () => {
    assert.deepEqual(parseLocalRoutes(fibTrie), ['127.0.0.0/8', '127.0.0.1/32', '172.17.0.1/32']);
  });

  it('are all IPv6 addresses of the kernel', () => {
    const text =
      'fe8000000000000002153dfffe000001 02 40 20 80     eth0\n00000000000000000000000000000001 01 80 10 80       lo\n';
    assert.deepEqual(parseInterfaceAddresses(text), [
      'fe80:0000:0000:0000:0215:3dff:fe00:0001/128',
      '0000:0000:0000:0000:0000:0000:0000:0001/128',
    ]);
  });

  it('are those of its interfaces and loopback in every spelling, and no other', () => {
    const own = readOwnAddresses();
    const ofInterfaces = Object.values(networkInterfaces()).flatMap((list = []) =>
      list.map(it => it.address),
    );
    for (const address of [
      ...ofInterfaces,
      '127.0.0.1',
      '127.9.9.9',
      '0.0.0.0',
      '::1',
      '::',
      '::ffff:127.0.0.1',
    ])
      assert.ok(own.has(address), address);
    for (const address of ['198.51.100.7', 'fe80::dead:beef%eth0', '2001:db8::7'])
      assert.ok(!own.has(address), address);
  });
});
