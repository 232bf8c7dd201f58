import assert from 'node:assert/strict';
import { addressAndPort } from '../../../src/core/address.ts';
import { parseListeningSockets } from '../../../src/net/listening-sockets.ts';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 811 1 0 100 0 0 10 0
   1: 00000000:56CE 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 812 1 0 100 0 0 10 0
   2: 0500000A:56CE 0100000A:D2F0 01 00000000:00000000 02:000A0B0C 00000000     0        0 813 2 0 20 4 30 10 -1
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when
   0: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 814 1 0
   1: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 815 1 0
   2: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 816 1 0
   3: 000080FE00000000FF5302420100FEFF:0052 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 817 1 0
`;

describe('the table of TCP sockets of the kernel', () => {
  it('tells who listens, at which address and port, and is silent about connections', () => {
    assert.deepEqual(
      parseListeningSockets(table).map(
        ({ address, port, inode }) => `${addressAndPort(address, port)} ${inode}`,
      ),
      [
        '127.0.0.1:3000 811',
        '0.0.0.0:22222 812',
        '[::1]:3000 814',
        '[::]:80 815',
        '127.0.0.1:81 816',
        '[fe80::4202:53ff:fffe:1]:82 817',
      ],
    );
  });

  it('is empty for any other text', () => {
    assert.deepEqual(parseListeningSockets('\n0: zz 0A\nrm -rf\n   0: 0100007F:0BB8 x 0A'), []);
  });
});
