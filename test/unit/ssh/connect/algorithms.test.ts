import assert from 'node:assert/strict';
import { offeredAlgorithms } from '../../../../src/ssh/connect/algorithms.ts';

describe('the algorithms offered to a device', () => {
  it('ask for the kind of host key that is known', () => {
    const orderFor = (...known: string[]): unknown => offeredAlgorithms(known).serverHostKey;
    assert.equal((orderFor() as string[])[0], 'ssh-ed25519');
    assert.deepEqual((orderFor('ssh-rsa') as string[]).slice(0, 3), [
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ssh-rsa',
    ]);
    assert.equal((orderFor('ecdsa-sha2-nistp384') as string[])[0], 'ecdsa-sha2-nistp384');
  });

  it('never compress', () => {
    assert.deepEqual(offeredAlgorithms([]).compress, ['none']);
  });
});
