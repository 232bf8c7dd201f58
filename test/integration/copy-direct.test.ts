import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { copyToDevice } from '../../src/copy/copy.ts';
import { directArchive, type DirectArchive } from '../../src/copy/direct-archive.ts';
import { readLocalSource } from '../../src/copy/local-source.ts';
import { shellFarFiles, type StartFar } from '../../src/copy/shell-far-files.ts';
import { OsError } from '../../src/core/errors.ts';
import { startHere } from '../support/local-far.ts';
import { useTempDirectory } from '../support/temp-directory.ts';

const largeBytes = 33_000_000;

/** Archives of this machine in place of the engine's. */
function archivesHere(more: Partial<DirectArchive> = {}): DirectArchive & { readonly used: string[] } {
  const used: string[] = [];
  return {
    used,
    reaches: directory => stat(directory).then(found => found.isDirectory()),
    async put(directory, tar, signal) {
      used.push(directory);
      const child = spawn('tar', ['-x', '-p', '-f', '-', '-C', directory], {
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const ended = once(child, 'close');
      await pipeline(tar, child.stdin, { signal });
      assert.deepEqual(await ended, [0, null]);
    },
    ...more,
  };
}

describe('a large copy into a container', function () {
  this.timeout(60_000);
  const directory = useTempDirectory();
  const at = (...parts: string[]): string => path.join(directory(), ...parts);
  const send = async (archive: DirectArchive, signal = new AbortController().signal): Promise<number> => {
    let inputBytes = 0;
    const start: StartFar = async (...asked) => {
      const command = await startHere()(...asked);
      const { stdin } = command;
      const write = stdin.write.bind(stdin) as (chunk: Buffer | string, ...rest: unknown[]) => boolean;
      stdin.write = (chunk: Buffer | string, ...rest: unknown[]) => {
        inputBytes += chunk.length;
        return write(chunk, ...rest);
      };
      return command;
    };
    const options = { keepsOwners: false, signal, onProgress: () => undefined };
    const far = shellFarFiles(start, 'here', archive);
    await copyToDevice(far, [await readLocalSource(at('source'))], at('there'), options);
    return inputBytes;
  };

  beforeEach(async () => {
    await mkdir(at('source'));
    await writeFile(at('source', 'large'), randomBytes(largeBytes), { mode: 0o640 });
    await symlink('/nowhere', at('source', 'link'));
    const sparse = await open(at('source', 'sparse'), 'w');
    await sparse.write(Buffer.alloc(70_000, 1), 0, 70_000, 8_000_000);
    await sparse.truncate(20_000_000);
    await sparse.close();
  });

  const assertSame = async (): Promise<void> => {
    for (const name of ['large', 'sparse'])
      assert.ok((await readFile(at('there', name))).equals(await readFile(at('source', name))));
    assert.equal((await stat(at('there', 'large'))).mode & 0o777, 0o640);
    assert.ok((await stat(at('there', 'sparse'))).blocks * 512 < 1_000_000);
    assert.deepEqual((await readdir(directory())).sort(), ['source', 'there']);
  };

  it("goes by the engine's archive, and into place by the script", async () => {
    const archive = archivesHere();
    assert.ok((await send(archive)) < 100);
    assert.equal(archive.used.length, 1);
    await assertSame();
  });

  it('goes through the program where the engine sees other files than the container', async () => {
    const archive = archivesHere({ reaches: () => Promise.resolve(false) });
    assert.ok((await send(archive)) > largeBytes);
    assert.deepEqual(archive.used, []);
    await assertSame();
  });

  it('that the engine does not take whole leaves nothing there, and says why', async () => {
    const refusal = new OsError('no-space', 'kitchen is out of space');
    const put: DirectArchive['put'] = async (to, tar) => {
      await writeFile(path.join(to, 'part'), 'part');
      tar.destroy();
      throw refusal;
    };
    await assert.rejects(send(archivesHere({ put })), refusal);
    assert.deepEqual(await readdir(directory()), ['source']);
  });

  it('that arrives without its end is not put into place', async () => {
    const put: DirectArchive['put'] = (_to, tar) => Promise.resolve(void tar.destroy());
    await assert.rejects(send(archivesHere({ put })), { code: 'connection-lost', message: /not all of it/ });
    assert.deepEqual(await readdir(directory()), ['source']);
  });

  it('that is interrupted leaves nothing there', async () => {
    const stopping = new AbortController();
    const put: DirectArchive['put'] = async (to, tar, signal) => {
      setTimeout(() => stopping.abort(new Error('enough')), 50);
      await archivesHere().put(to, tar, signal);
      if (!signal.aborted) await once(signal, 'abort');
      throw signal.reason;
    };
    await assert.rejects(send(archivesHere({ put }), stopping.signal), /enough/);
    assert.deepEqual(await readdir(directory()), ['source']);
  });
});

describe("the engine's archive", () => {
  const { signal } = new AbortController();

  it('is not used for a directory that it does not see, as on a tmpfs', async () => {
    const refuse = (): Promise<never> => Promise.reject(new OsError('engine-missing', 'no such directory'));
    assert.equal(await directArchive({ putTar: refuse }, 'web').reaches('/ram/.os-cp-1', signal), false);
  });

  it('is not used where the engine refuses it, as with a read-only root', async () => {
    const refuse = (): Promise<never> =>
      Promise.reject(new OsError('engine-refused', 'container rootfs is marked read-only'));
    assert.equal(await directArchive({ putTar: refuse }, 'web').reaches('/x', signal), false);
    const lose = (): Promise<never> => Promise.reject(new OsError('connection-lost', 'lost'));
    await assert.rejects(directArchive({ putTar: lose }, 'web').reaches('/x', signal), /lost/);
  });
});
