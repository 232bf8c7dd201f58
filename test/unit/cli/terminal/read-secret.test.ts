import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readSecret } from '../../../../src/cli/terminal/read-secret.ts';
import { readPassphrase } from '../../../../src/cli/verbs/image/read-configuration.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

const notStdin = (): Promise<string> => Promise.reject(new Error('stdin is read'));

/** What both readers of secrets make of a file with these bytes. */
async function readBoth(bytes: Buffer): Promise<readonly [string | undefined, string]> {
  await using temp = await openTempDirectory();
  const file = path.join(temp.path, 'secret.txt');
  await writeFile(file, bytes);
  const secret = await readSecret(file, 'passphrase', AbortSignal.timeout(5000));
  return [secret, await readPassphrase(file, notStdin)];
}

describe('a secret in a file', () => {
  it('has no byte order mark that an editor put before it, and not the end of its line', async () => {
    for (const text of ['pässword', '\ufeffpässword', '\ufeffpässword\r\n', 'pässword\n'])
      assert.deepEqual(await readBoth(Buffer.from(text)), ['pässword', 'pässword']);
  });

  it('is refused where its file is no UTF-8, instead of being another secret', async () => {
    const utf16 = Buffer.from('\ufeffpassword', 'utf16le');
    for (const [bytes, reason] of [
      [utf16, 'it is in UTF-16: save it as UTF-8'],
      [Buffer.from(utf16).swap16(), 'it is in UTF-16: save it as UTF-8'],
      [Buffer.from('pässword', 'latin1'), 'it is not in UTF-8: save it as that'],
    ] as const)
      await assert.rejects(readBoth(bytes), (error: Error & { code: string }) => {
        assert.equal(error.code, 'usage');
        assert.match(error.message, /^cannot read the passphrase .*secret\.txt: /);
        return error.message.endsWith(reason);
      });
  });
});
