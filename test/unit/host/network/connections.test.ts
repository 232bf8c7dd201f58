import assert from 'node:assert/strict';
import {
  bootConnections,
  listConnections,
  stateConnections,
} from '../../../../src/host/network/connections.ts';
import { memoryHostFiles } from '../../../support/memory-host-files.ts';

const profile = (ca: string): string =>
  `[connection]\nid=corp\ntype=wifi\n[wifi]\nssid=Corp\n[802-1x]\neap=tls;\nca-cert=${ca}\n`;

describe('the connections of a device', () => {
  it('have no certificate or key of one of them beside them, and each other file that is no profile', async () => {
    const files = memoryHostFiles({
      [`${bootConnections}/corp`]: profile(`${bootConnections}/corp-ca.pem`),
      [`${bootConnections}/corp-ca.pem`]: '-----BEGIN CERTIFICATE-----\n',
      [`${bootConnections}/notes.txt`]: 'see corp-ca.pem\n',
      [`${bootConnections}/other-ca.pem`]: '-----BEGIN CERTIFICATE-----\n',
      [`${stateConnections}/corp`]: profile(`${bootConnections}/corp-ca.pem`),
    });
    const found = await listConnections({ files }, new AbortController().signal);
    assert.deepEqual(
      found.map(({ name, facts }) => [name, facts?.kind]),
      [
        ['corp', 'wifi'],
        ['notes.txt', undefined],
        ['other-ca.pem', undefined],
      ],
    );
  });
});
