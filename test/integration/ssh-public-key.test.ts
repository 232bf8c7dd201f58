import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { problemOfPublicKey } from '../../src/host/config/ssh-public-key.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

describe('a public SSH key', () => {
  it('is accepted and refused as ssh-keygen does, whole, cut off and altered', async function () {
    this.timeout(60_000);
    await using temporary = await openTempDirectory();
    const directory = temporary.path;

    const kinds = [
      ['ed25519', ''],
      ['rsa', '2048'],
      ['ecdsa', '256'],
      ['ecdsa', '384'],
      ['ecdsa', '521'],
    ] as const;
    const keys = kinds.map(([type, bits], index) => {
      const file = path.join(directory, index.toString());
      execFileSync('ssh-keygen', ['-q', '-t', type, ...(bits ? ['-b', bits] : []), '-N', '', '-f', file]);
      return readFileSync(`${file}.pub`, 'utf8').trim();
    });
    const isTheirs = (line: string): boolean => {
      const file = path.join(directory, 'tried.pub');
      writeFileSync(file, `${line}\n`);
      try {
        execFileSync('ssh-keygen', ['-l', '-f', file], { stdio: 'ignore' });
        return true;
      } catch {
        return false;
      }
    };
    for (const line of keys) {
      assert.equal(problemOfPublicKey(line), undefined);
      assert.ok(isTheirs(line));
      const [type = '', blob = ''] = line.split(' ');
      for (const bad of [
        `${type} ${blob.slice(0, -8)}`,
        `${type} ${blob.slice(0, 40)}`,
        `${type} ${blob}AAAAAAAA`,
        `ssh-ed25519x ${blob}`,
        `${type === 'ssh-rsa' ? 'ssh-ed25519' : 'ssh-rsa'} ${blob}`,
        blob,
        type,
      ]) {
        assert.notEqual(problemOfPublicKey(bad), undefined, bad);
        assert.equal(isTheirs(bad), false, bad);
      }
    }
    const secret = readFileSync(path.join(directory, '0'), 'utf8');
    assert.match(problemOfPublicKey(secret) ?? '', /private key/);
  });
});
