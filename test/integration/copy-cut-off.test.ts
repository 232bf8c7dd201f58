import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { encodeHeader } from '../../src/copy/archive/write-header.ts';
import { archiveFarFiles } from '../../src/copy/archive-far-files.ts';
import { copyFromDevice, copyToStream, type CopyOptions } from '../../src/copy/copy.ts';
import { shellFarFiles, type StartFar } from '../../src/copy/shell-far-files.ts';
import { startHere } from '../support/local-far.ts';
import { useTempDirectory } from '../support/temp-directory.ts';

const options: CopyOptions = {
  keepsOwners: false,
  overwritesNewer: false,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  note: () => undefined,
};

/** A device on which every command is this script. */
const farOf = (script: string): ReturnType<typeof shellFarFiles> => {
  const start: StartFar = (_words, signal) => startHere()(['sh', '-c', script], signal);
  return shellFarFiles(start, 'shop');
};

describe('a copy of a damaged archive', function () {
  this.timeout(20_000);
  const directory = useTempDirectory();
  const at = (name: string): string => path.join(directory(), name);
  const damaged = { code: 'connection-lost', message: /a header of the archive is damaged/ };
  const fetch = (script: string, more: Partial<CopyOptions> = {}): Promise<unknown> =>
    copyFromDevice(farOf(script), ['/x'], at('there'), { ...options, ...more });

  it('ends though the device has more to send', async () => {
    const script = 'printf %512s bad; head -c 10000000 /dev/zero';
    await assert.rejects(fetch(script), damaged);
    await assert.rejects(copyToStream(farOf(script), '/x', new PassThrough(), options.signal), damaged);
    assert.deepEqual(await readdir(directory()), []);
  });

  it('ends though the device sends for ever, and ends what it runs there', async () => {
    const startedMs = performance.now();
    await assert.rejects(fetch('printf %512s bad; exec cat /dev/zero'), damaged);
    assert.ok(performance.now() - startedMs < 5000);
  });

  it('is told by what the command on the device says, if it fails', async () => {
    const script = 'printf %512s bad; head -c 1000000 /dev/zero; echo "a disk fails" >&2; exit 1';
    await assert.rejects(fetch(script), { code: 'host-refused', message: 'shop: a disk fails' });
  });

  it('ends at once on Ctrl-C, though the device has sent what nobody has read', async () => {
    const none = { linkname: '', mode: 0o644, uid: 0, gid: 0, mtimeS: 0 };
    const header = encodeHeader({ ...none, type: 'file', name: 'x', sizeBytes: 1e9 }).toString('base64');
    const stopping = new AbortController();
    const script = `echo ${header} | base64 -d; exec cat /dev/zero`;
    const startedMs = performance.now();
    const onProgress = (): void => stopping.abort(new Error('enough'));
    await assert.rejects(fetch(script, { signal: stopping.signal, onProgress }), /enough/);
    assert.ok(performance.now() - startedMs < 5000);
  });

  it('is told as such where the engine sends it', async () => {
    const engine: Parameters<typeof archiveFarFiles>[0] = {
      getContainer: () => Promise.resolve({ mounts: [] } as never),
      statPath: () => Promise.resolve({ kind: 'directory' } as never),
      putTar: () => assert.fail('nothing is written'),
      getArchive: () => {
        const out = new PassThrough();
        out.write(' '.repeat(512));
        out.write(Buffer.alloc(1_000_000));
        return Promise.resolve(out);
      },
    };
    const far = archiveFarFiles(engine, 'id', 'web on shop');
    await assert.rejects(copyFromDevice(far, ['/x'], at('there'), options), damaged);
    await assert.rejects(copyToStream(far, '/x', new PassThrough(), options.signal), damaged);
  });
});
