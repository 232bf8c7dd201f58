import assert from 'node:assert/strict';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pack, type Header } from 'tar-stream';
import { copyFromDevice, copyToDevice, type CopyOptions } from '../../src/copy/copy.ts';
import type { FarFiles } from '../../src/copy/far-files.ts';
import { readLocalSource } from '../../src/copy/local-source.ts';
import { shellFarFiles, type StartFar } from '../../src/copy/shell-far-files.ts';
import { startHere } from '../support/local-far.ts';
import { useTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

const notes: string[] = [];
const options: CopyOptions = {
  ...{ keepsOwners: false, overwritesNewer: false, signal: new AbortController().signal },
  ...{ onProgress: () => undefined, note: text => void notes.push(text) },
};
const far = shellFarFiles(startHere(), 'here');

/** Everything below `directory`, as text. */
async function listing(directory: string, below = ''): Promise<string[]> {
  const lines: string[] = [];
  for (const name of (await readdir(path.join(directory, below))).sort()) {
    const file = path.join(below, name);
    const found = await lstat(path.join(directory, file));
    const mode = (found.mode & 0o777).toString(8);
    const time = Math.floor(found.mtimeMs / 1000).toString();
    if (found.isSymbolicLink()) lines.push(`${file} -> ${await readlink(path.join(directory, file))}`);
    else if (found.isDirectory()) lines.push(`${file}/ ${mode}`, ...(await listing(directory, file)));
    else lines.push(`${file} ${mode} ${time} ${await readFile(path.join(directory, file), 'utf8')}`);
  }
  return lines;
}

/** A device that sends these entries, whatever it is asked. */
function hostileFar(entries: readonly (Partial<Header> & { name: string; content?: string })[]): FarFiles {
  const tar = pack();
  for (const { content, ...header } of entries)
    if (content === undefined) tar.entry(header);
    else tar.entry(header, content);
  tar.finalize();
  return {
    read: () => Promise.resolve({ tar: tar.pipe(new PassThrough()), ended: Promise.resolve() }),
    write: () => Promise.reject(new Error('nothing is written')),
  };
}

describe('a copy', function () {
  this.timeout(30_000);
  const directory = useTempDirectory();
  const at = (...parts: string[]): string => path.join(directory(), ...parts);
  const send = async (from: string, to: string): Promise<unknown> =>
    copyToDevice(far, [await readLocalSource(from)], to, options);
  const fetch = (from: string, to: string, more: Partial<CopyOptions> = {}): Promise<unknown> =>
    copyFromDevice(far, [from], to, { ...options, ...more });

  beforeEach(async () => {
    await makeTree(at('source'), {
      'plain.txt': 'plain',
      'run.sh': { run: '#!/bin/sh\n' },
      'odd name\n*"\'é -f': 'odd',
      '.hidden/deep/file': 'deep',
      empty: null,
      link: { link: '/etc/passwd' },
      broken: { link: 'nowhere' },
    });
    await chmod(at('source', 'plain.txt'), 0o640);
    await utimes(at('source', 'plain.txt'), 1e9, 1e9);
  });

  it('there and back keeps modes, times, links and odd names, and done twice gives the same', async () => {
    const wanted = await listing(at('source'));
    for (let round = 0; round < 2; round++) {
      await send(at('source'), at('there'));
      assert.deepEqual(await listing(at('there')), wanted);
      await fetch(at('there'), at('back'));
      assert.deepEqual(await listing(at('back')), wanted);
    }
    assert.deepEqual((await readdir(directory())).sort(), ['back', 'source', 'there']);
  });

  it('goes into a destination that ends with a slash, and of SRC/. takes what is in it', async () => {
    await send(at('source'), `${at('into')}/`);
    await send(`${at('source')}/.`, at('contents'));
    assert.deepEqual(await readdir(at('into')), ['source']);
    assert.deepEqual(await listing(at('contents')), await listing(at('source')));
    await mkdir(at('local'));
    await fetch(at('source'), `${at('local')}/`);
    await fetch(`${at('source')}/.`, at('local'));
    assert.ok((await readdir(at('local'))).includes('source'));
    assert.equal(await readFile(at('local', 'plain.txt'), 'utf8'), 'plain');
    await send(at('source', 'plain.txt'), at('into'));
    assert.equal(await readFile(at('into', 'plain.txt'), 'utf8'), 'plain');
  });

  it('into a tree that is there replaces its files and leaves the others', async () => {
    await makeTree(at('there'), {
      'plain.txt': 'old',
      mine: 'mine',
      '.hidden/mine': 'mine too',
      link: 'a file',
    });
    await send(at('source'), at('there'));
    assert.equal(await readFile(at('there', 'plain.txt'), 'utf8'), 'plain');
    assert.equal(await readFile(at('there', '.hidden/mine'), 'utf8'), 'mine too');
    assert.equal(await readFile(at('there', '.hidden/deep/file'), 'utf8'), 'deep');
    assert.equal(await readlink(at('there', 'link')), '/etc/passwd');
  });

  it('to a link on a device replaces the file that it leads to, and leaves the link', async () => {
    await makeTree(at('there'), { 'real/file': 'original', file: { link: 'real/file' } });
    await send(at('source', 'plain.txt'), at('there', 'file'));
    assert.equal(await readlink(at('there', 'file')), 'real/file');
    assert.equal(await readFile(at('there', 'real', 'file'), 'utf8'), 'plain');
    await makeTree(at('etc'), { 'real/file': 'original', 'plain.txt': { link: 'real/file' } });
    await send(at('source', 'plain.txt'), at('etc'));
    assert.equal(await readlink(at('etc', 'plain.txt')), 'real/file');
    assert.equal(await readFile(at('etc', 'real', 'file'), 'utf8'), 'plain');
  });

  it('that has no room is told by the reason, whatever a program says last', async () => {
    const full: StartFar = async (words, signal) => {
      const script =
        'cat >/dev/null; echo "tar: x: Cannot write: No space left on device" >&2; echo "tar: Exiting with failure status due to previous errors" >&2; exit 2';
      return startHere()(['sh', '-c', script, ...words.slice(3)], signal);
    };
    const sources = [await readLocalSource(at('source'))];
    await assert.rejects(copyToDevice(shellFarFiles(full, 'shop'), sources, at('there'), options), {
      code: 'no-space',
      message: 'shop is out of space: tar: x: Cannot write: No space left on device',
    });
  });

  it('writes through no link in a tree that is there', async () => {
    await makeTree(at('outside'), { keep: 'keep' });
    await mkdir(at('there'));
    await symlink(at('outside'), at('there', '.hidden'));
    await assert.rejects(send(at('source'), at('there')), { code: 'usage', message: /a link is in the way/ });
    await mkdir(at('local'));
    await symlink(at('outside'), at('local', '.hidden'));
    await assert.rejects(fetch(at('source'), at('local')), { message: /goes through a link/ });
    assert.deepEqual(await readdir(at('outside')), ['keep']);
    assert.deepEqual(
      (await readdir(at('there'))).filter(it => it.startsWith('.os-cp')),
      [],
    );
  });

  it('leaves a newer file of this machine as it is unless it is forced', async () => {
    await writeFile(at('local.txt'), 'newer');
    await assert.rejects(fetch(at('source', 'plain.txt'), at('local.txt')), {
      message: /newer on this machine/,
    });
    assert.equal(await readFile(at('local.txt'), 'utf8'), 'newer');
    await fetch(at('source', 'plain.txt'), at('local.txt'), { overwritesNewer: true });
    assert.equal(await readFile(at('local.txt'), 'utf8'), 'plain');
  });

  it('takes every file that matches a pattern, and a name as it is written first', async () => {
    await makeTree(at('logs'), {
      'a.log': 'a',
      'b b.log': 'b',
      'c.txt': 'c',
      '[x].log': 'x',
      'x.log': 'other',
    });
    await mkdir(at('local'));
    await fetch(at('logs', '*.log'), at('local'));
    assert.deepEqual((await readdir(at('local'))).sort(), ['[x].log', 'a.log', 'b b.log', 'x.log']);
    await fetch(at('logs', '[x].log'), at('one'));
    assert.equal(await readFile(at('one'), 'utf8'), 'x');
    await assert.rejects(fetch(at('logs', '*.log'), at('two')), { message: /more than one file matches/ });
  });

  it('says what is missing, with no file left under the final name', async () => {
    await assert.rejects(fetch(at('nowhere'), at('local')), {
      code: 'usage',
      message: `here has no ${at('nowhere')}`,
    });
    await assert.rejects(send(at('nowhere'), at('there')), { message: /no such file/ });
    await assert.rejects(send(at('source'), at('no/such/there')), {
      message: /no such directory: .*no\/such/,
    });
    assert.deepEqual(await readdir(directory()), ['source']);
  });

  it('that is interrupted leaves nothing there', async () => {
    await writeFile(at('large'), Buffer.alloc(50_000_000));
    const stopping = new AbortController();
    const source = await readLocalSource(at('large'));
    const sending = copyToDevice(far, [source], at('there'), {
      ...{
        keepsOwners: false,
        signal: stopping.signal,
        onProgress: () => stopping.abort(new Error('enough')),
      },
    });
    await assert.rejects(sending, /enough/);
    assert.deepEqual((await readdir(directory())).sort(), ['large', 'source']);
  });

  describe('of a device that means harm', () => {
    const file = (name: string): Partial<Header> & { name: string; content: string } => ({
      ...{ name, type: 'file', content: 'evil', size: 4 },
    });
    const link = (name: string, linkname: string): Partial<Header> & { name: string } => ({
      ...{ name, linkname, type: 'symlink' },
    });
    const take = (entries: Parameters<typeof hostileFar>[0]): Promise<unknown> =>
      copyFromDevice(hostileFar(entries), ['/x'], at('inside'), options);
    beforeEach(async () => {
      await makeTree(at('outside'), { keep: 'keep' });
    });
    afterEach(async () => {
      assert.deepEqual(await readdir(at('outside')), ['keep']);
      assert.equal(await readFile(at('outside', 'keep'), 'utf8'), 'keep');
      assert.ok(!(await readdir(directory())).includes('evil'));
    });

    it('refuses names that lead upwards', async () => {
      for (const name of ['../evil', 'x/../../evil', 'x/..', '..'])
        await assert.rejects(take([file(name)]), { code: 'host-refused' }, name);
    });
    it('keeps absolute names below the destination', async () => {
      await take([{ name: 'x', type: 'directory' }, file(`/x${at('outside', 'keep')}`)]);
      assert.equal((await stat(at('inside', at('outside', 'keep')))).size, 4);
    });
    it('writes nothing through a link that it has sent before', async () => {
      const tree = [{ name: 'x', type: 'directory' as const }, link('x/way', at('outside'))];
      await assert.rejects(take([...tree, file('x/way/evil')]), { code: 'usage' });
      await take([
        { name: 'y', type: 'directory' },
        link('y/keep', at('outside', 'keep')),
        file('y/keep'),
      ]).catch(() => undefined);
      await assert.rejects(take([...tree, link('x/way', '..'), file('x/way/../evil')]), {
        code: 'host-refused',
      });
    });
    it('links to nothing but what it has sent itself', async () => {
      const hard = { name: 'x/hard', linkname: at('outside', 'keep'), type: 'link' as const };
      await assert.rejects(take([{ name: 'x', type: 'directory' }, hard]), { code: 'host-refused' });
      const up = { ...hard, linkname: '../outside/keep' };
      await assert.rejects(take([{ name: 'x', type: 'directory' }, up]), { code: 'host-refused' });
    });
    it('makes no devices and pipes', async () => {
      notes.length = 0;
      await take([
        { name: 'x', type: 'directory' },
        { name: 'x/disk', type: 'block-device' },
        { name: 'x/\x1b[31mfifo', type: 'fifo' },
      ]);
      assert.deepEqual(await readdir(at('inside')), []);
      assert.equal(notes.length, 2);
      assert.ok(!notes.join('').includes('\x1b'));
    });
    it('gives no file the rights of its owner', async () => {
      await take([{ ...file('x'), mode: 0o4755 }]);
      assert.equal((await stat(at('inside'))).mode & 0o7777, 0o755);
    });

    it('leaves nothing of a file that is cut off', async () => {
      const headerBytes = 512;
      const tar = pack();
      tar.entry({ name: 'x', size: 1000 }).write('only this');
      const out = new PassThrough();
      const cutOff: FarFiles = {
        read: () => {
          let sentBytes = 0;
          tar.on('data', (chunk: unknown) => {
            out.write(chunk);
            sentBytes += (chunk as Buffer).length;
            if (sentBytes === headerBytes + 'only this'.length) out.end();
          });
          return Promise.resolve({ tar: out, ended: Promise.resolve() });
        },
        write: () => Promise.reject(new Error('nothing is written')),
      };
      await assert.rejects(copyFromDevice(cutOff, ['/x'], at('inside'), options), {
        code: 'connection-lost',
      });
      assert.deepEqual((await readdir(directory())).sort(), ['outside', 'source']);
    });
  });
});
