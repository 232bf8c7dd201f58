import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { copyFromDevice, copyToDevice, type CopyOptions } from '../../src/copy/copy.ts';
import type { FarFiles } from '../../src/copy/far-files.ts';
import { readLocalSource } from '../../src/copy/local-source.ts';
import { shellFarFiles, type StartFar } from '../../src/copy/shell-far-files.ts';
import { startHere } from '../support/local-far.ts';
import { useTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

const notes: string[] = [];
const options: CopyOptions = {
  keepsOwners: false,
  overwritesNewer: false,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  note: text => void notes.push(text),
};
const far = shellFarFiles(startHere(), 'here');

/** A device whose root directory is `directory`. */
function farAt(directory: string): FarFiles {
  const start: StartFar = (words, signal) => {
    const script = (words[2] ?? '').replace('send -C / .', 'send -C "$ROOT" .');
    return startHere(['env', `ROOT=${directory}`, 'sh'])(['sh', '-c', script, ...words.slice(3)], signal);
  };
  return shellFarFiles(start, 'here');
}

/** Runs `work` as a user that owns nothing; the test itself runs as root in a container, or as somebody else already. */
async function asAnother(work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('a copy and the place where it goes', function () {
  this.timeout(30_000);
  const directory = useTempDirectory();
  const at = (...parts: string[]): string => path.join(directory(), ...parts);
  const send = async (from: string, to: string): Promise<unknown> =>
    copyToDevice(far, [await readLocalSource(from)], to, options);
  const fetch = (from: string, to: string): Promise<unknown> => copyFromDevice(far, [from], to, options);

  beforeEach(async () => {
    notes.length = 0;
    await makeTree(at('source'), { 'plain.txt': 'plain', 'run.sh': 'run', '.hidden/deep/file': 'deep' });
  });

  it('writes through no link in the directory that it goes into, and puts a file in its place', async () => {
    await makeTree(at('outside'), { 'deep/file': 'keep' });
    await makeTree(at('there'), { '.hidden': { link: at('outside') }, source: { link: at('outside') } });
    const refused = { code: 'usage', message: /a link is in the way: .*there\/(\.hidden|source)$/ };
    await assert.rejects(send(`${at('source')}/.`, at('there')), refused);
    await assert.rejects(send(at('source'), `${at('there')}/`), refused);
    assert.equal(await readFile(at('outside', 'deep', 'file'), 'utf8'), 'keep');
    assert.deepEqual(await readdir(at('outside')), ['deep']);
    await rm(at('there', 'plain.txt'));
    await symlink(at('outside', 'deep', 'file'), at('there', 'plain.txt'));
    await send(at('source', 'plain.txt'), `${at('there')}/`);
    assert.ok((await lstat(at('there', 'plain.txt'))).isFile());
    assert.equal(await readFile(at('outside', 'deep', 'file'), 'utf8'), 'keep');
    // The destination itself may be a link.
    await rm(at('there', 'run.sh'));
    await symlink(at('there'), at('way'));
    await send(at('source', 'run.sh'), `${at('way')}/`);
    assert.ok((await readdir(at('there'))).includes('run.sh'));
  });

  it('never takes the place of a device or a pipe, nor through a link', async () => {
    await mkdir(at('there'));
    execFileSync('mkfifo', [at('there', 'plain.txt')]);
    await symlink('plain.txt', at('there', 'link'));
    for (const copy of [send, fetch])
      for (const to of ['there/plain.txt', 'there', 'there/', 'there/link'])
        await assert.rejects(
          copy(at('source', 'plain.txt'), path.resolve(directory(), to) + (to.endsWith('/') ? '/' : '')),
          {
            code: 'usage',
            message: /a device or a pipe is where a file is meant: /,
          },
        );
    assert.ok((await lstat(at('there', 'plain.txt'))).isFIFO());
    assert.ok((await lstat(at('there', 'link'))).isSymbolicLink());
    assert.deepEqual((await readdir(at('there'))).sort(), ['link', 'plain.txt']);
  });

  it('refuses what is no file, and files of the kernel, which have another size than content', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    await symlink('/proc/self/mounts', at('mtab'));
    const ofKernel = { code: 'usage', message: /is of the kernel/ };
    for (const source of ['/proc/uptime', '/sys/kernel/', at('mtab')]) {
      await assert.rejects(readLocalSource(source), ofKernel, source);
      await assert.rejects(fetch(source, at('copy')), ofKernel, source);
    }
    const direct = { reaches: () => assert.fail(), put: () => assert.fail() };
    for (const [files, place] of [
      [far, 'DEVICE'],
      [shellFarFiles(startHere(), 'web on shop', direct), 'DEVICE SERVICE'],
    ] as const)
      await assert.rejects(copyFromDevice(files, ['/proc/uptime'], at('copy'), options), {
        hint: `for one file: os ssh ${place} -- cat /proc/uptime`,
      });
    const noFile = { code: 'usage', message: /pipe is neither a file nor a directory$/ };
    await assert.rejects(readLocalSource(at('pipe')), noFile);
    await assert.rejects(fetch(at('pipe'), at('copy')), noFile);
    await assert.rejects(lstat(at('copy')), { code: 'ENOENT' });
  });

  it('of the root directory keeps the tree, whatever it goes into', async () => {
    await makeTree(at('root'), { 'etc/passwd': 'etc', 'usr/etc/passwd': 'usr', top: 'top' });
    await mkdir(at('there'));
    await mkdir(at('under'));
    const places = { '/.': 'there', '/./': 'new', '/': 'exact', '//': 'under/' };
    for (const [source, to] of Object.entries(places)) {
      for (let round = 0; round < 2; round++)
        await copyFromDevice(farAt(at('root')), [source], path.join(directory(), to), options);
      assert.equal(await readFile(at(to, 'etc', 'passwd'), 'utf8'), 'etc');
      assert.equal(await readFile(at(to, 'usr', 'etc', 'passwd'), 'utf8'), 'usr');
      assert.equal(await readFile(at(to, 'top'), 'utf8'), 'top');
      assert.deepEqual((await readdir(at(to))).sort(), ['etc', 'top', 'usr']);
    }
    await assert.rejects(copyFromDevice(far, ['/', '/etc'], at('there'), options), {
      code: 'usage',
      message: '/ is copied on its own',
    });
  });

  it('names a place of this machine where it cannot write', async () => {
    const below = at('source', 'plain.txt', 'x');
    await assert.rejects(fetch(at('source', 'run.sh'), below), {
      code: 'usage',
      message: `no such directory: ${path.dirname(below)}`,
    });
    await assert.rejects(fetch(at('source', 'run.sh'), at('source', 'plain.txt', 'x', 'y')), {
      code: 'usage',
      message: /no such directory/,
    });
    const long = at('n'.repeat(300));
    await assert.rejects(fetch(at('source'), long), { code: 'usage', message: /^cannot write .*nnn/ });
    // Nobody makes directories in /proc.
    for (const to of ['/proc/os-cp/', '/proc/os-cp'])
      await assert.rejects(fetch(at('source'), to), {
        code: 'usage',
        message: /^cannot write \/proc\/os-cp/,
      });
    await assert.rejects(fetch(`${at('source')}/.`, '/proc'), {
      code: 'usage',
      message: /^cannot write \/proc\//,
    });
  });

  it("leaves the time of another user's directory as it is, says so, and copies the rest", async () => {
    await makeTree(at('there'), { '.hidden/deep': null });
    for (const it of ['.', 'there', 'there/.hidden', 'there/.hidden/deep']) await chmod(at(it), 0o777);
    await asAnother(() => copyFromDevice(far, [at('source')], at('there'), options).then(() => undefined));
    assert.equal(await readFile(at('there', '.hidden', 'deep', 'file'), 'utf8'), 'deep');
    assert.deepEqual(
      notes,
      ['.hidden/deep', '.hidden', ''].map(
        it =>
          `the time of a directory stays as it is: ${path.join(at('there'), it)}: operation not permitted`,
      ),
    );
  });

  it('to a device names a file of this machine that cannot be read', async () => {
    const source = await readLocalSource(at('source'));
    const gone = { ...source, path: path.join(source.path, 'gone') };
    await assert.rejects(copyToDevice(far, [gone], at('there'), options), {
      code: 'usage',
      message: `no such file: ${at('source', 'gone')}`,
    });
  });
});
