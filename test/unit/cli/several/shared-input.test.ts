import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { refuseSharedInput, refuseSharedStdin } from '../../../../src/cli/several/shared-input.ts';
import { useTempDirectory } from '../../../support/temp-directory.ts';

describe('one of several devices', () => {
  const directory = useTempDirectory();

  const makePipe = (): string => {
    const pipe = path.join(directory(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    return pipe;
  };

  it('gets no stdin of a flag that it would have to share', () => {
    const refuse = (flags: Record<string, unknown>): void => refuseSharedInput({ flags, argv: [] });
    assert.throws(() => refuse({ 'passphrase-file': '-' }), {
      code: 'usage',
      message: /^--passphrase-file -:/,
    });
    assert.throws(() => refuse({ connection: ['a', '-'] }), { code: 'usage', message: /^--connection -:/ });
    refuse({ connection: ['a'], tail: '-1', json: true });
  });

  it('gets no pipe that it would have to share, and any file', async () => {
    const pipe = makePipe();
    assert.throws(() => refuseSharedInput({ flags: { 'env-file': ['a', pipe] }, argv: [] }), {
      message: `--env-file ${pipe}: several devices cannot share it`,
      hint: 'give a file',
    });
    assert.throws(() => refuseSharedInput({ flags: {}, argv: ['kitchen,hall', pipe] }), { code: 'usage' });
    const file = path.join(directory(), 'file');
    await writeFile(file, 'text');
    refuseSharedInput({ flags: { 'from-file': file, source: directory() }, argv: ['/no/such'] });
  });

  it('gets no stdin that has something to read: each but one would get nothing in its place', async () => {
    const refused = { code: 'usage', message: 'several devices cannot share stdin' };
    await using pipe = await open(makePipe(), 'r+');
    assert.throws(() => refuseSharedStdin(pipe), refused);
    const file = path.join(directory(), 'file');
    await writeFile(file, 'text');
    await using full = await open(file);
    assert.throws(() => refuseSharedStdin(full), refused);
    await writeFile(file, '');
    refuseSharedStdin(full);
    await using nothing = await open('/dev/null');
    refuseSharedStdin(nothing);
    refuseSharedStdin({ fd: 9999 });
  });
});
