import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, runOs } from '../support/run-program.ts';

/** The files that one run of the program loads as code, relative to the package; Node's own record of coverage tells. */
async function loadedFiles(args: readonly string[], exitCode = 0): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'os-coverage-'));
  try {
    const { code } = await runOs(args, { env: { NODE_V8_COVERAGE: folder } });
    assert.equal(code, exitCode);
    const [record = ''] = await readdir(folder);
    const { result } = JSON.parse(await readFile(path.join(folder, record), 'utf8')) as {
      result: { url: string }[];
    };
    return result
      .filter(({ url }) => url.startsWith('file:'))
      .map(({ url }) => path.relative(root, fileURLToPath(url)))
      .sort();
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** npm packages with code in `files`, whether bundled or not. */
async function packagesIn(files: readonly string[]): Promise<string[]> {
  const bundled = JSON.parse(
    await readFile(path.join(root, '.cache/bundled-packages.json'), 'utf8'),
  ) as Record<string, string[]>;
  const folders = files.flatMap(
    file => bundled[file] ?? /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  );
  return [...new Set(folders.map(folder => folder.replace(/^.*node_modules\//, '')))].sort();
}

/** Copies the program as it is shipped, and returns the path of the copy. */
async function copyProgram(directory: string): Promise<string> {
  for (const name of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
    await cp(path.join(root, name), path.join(directory, name), { recursive: true });
  return path.join(directory, 'bin/run.js');
}

describe('a start', () => {
  it('loads one file for os, os --help and os --version', async () => {
    for (const args of [[], ['--help'], ['help'], ['--version']])
      assert.deepEqual(await loadedFiles(args), ['bin/run.js'], args.join(' '));
  });

  it('loads two files for a completion, which a person waits for at every TAB', async () => {
    assert.deepEqual(await loadedFiles(['__complete', 'scan', '--']), [
      'bin/run.js',
      'dist/cli/complete.cjs',
    ]);
  });

  it('loads at most 8 files beside the loader, and 350 kB of code, for the help of a command', async () => {
    const files = await loadedFiles(['scan', '--help']);
    assert.ok(files.includes('dist/cli/load/load.cjs'), files.join(', '));
    assert.ok(files.length <= 9, files.join(', '));
    const sizes = await Promise.all(files.map(async file => (await stat(path.join(root, file))).size));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(total <= 350_000, `${total.toString()} bytes`);
  });

  it('loads no reader of projects and no live session for verbs that have no use of them', async () => {
    const isUnwanted = (file: string): boolean =>
      /\/(open-project|schema-validator|open-live-session)-/.test(file);
    for (const args of [
      ['ps', '127.0.0.1:1'],
      ['ssh', '127.0.0.1:1', '--', 'true'],
      ['top', '127.0.0.1:1'],
    ]) {
      const files = (await loadedFiles(args, 3)).filter(file => file.startsWith('dist/'));
      assert.deepEqual(files.filter(isUnwanted), [], args.join(' '));
      const sizes = await Promise.all(files.map(async file => (await stat(path.join(root, file))).size));
      const total = sizes.reduce((sum, size) => sum + size, 0);
      assert.ok(total <= 700_000, `${args.join(' ')}: ${total.toString()} bytes`);
    }
  });

  it('loads no heavy library before a command needs it', async () => {
    const packages = await packagesIn(await loadedFiles(['scan', '--help']));
    assert.ok(packages.includes('@oclif/core'));
    for (const heavy of [
      'ssh2',
      'bonjour-service',
      'multicast-dns',
      'dns-packet',
      'inquirer',
      '@inquirer/core',
      'rxjs',
    ])
      assert.ok(!packages.includes(heavy), heavy);
  });

  it('compiles nothing that an earlier one has compiled, in files of the user alone', async () => {
    const cache = await mkdtemp(path.join(tmpdir(), 'os-cache-'));
    try {
      const code = path.join(cache, 'os-cli', 'code');
      const start = async (...args: string[]): Promise<string> => {
        const { code: status, stderr } = await runOs(args, { env: { XDG_CACHE_HOME: cache } });
        assert.equal(status, 3, stderr);
        return stderr;
      };
      const told = await start('ps', '127.0.0.1:1');
      const [name = '', ...others] = await readdir(code);
      assert.match(name, /-ps\.code$/);
      assert.deepEqual(others, []);
      const written = await stat(path.join(code, name));
      assert.equal(written.mode & 0o777, 0o600);
      assert.equal(await start('ps', '127.0.0.1:1'), told);
      assert.equal((await stat(path.join(code, name))).ino, written.ino);
      await writeFile(path.join(code, name), (await readFile(path.join(code, name))).fill(7, 1000, 2000));
      assert.equal(await start('ps', '127.0.0.1:1'), told);
      assert.notEqual((await stat(path.join(code, name))).ino, written.ino);
      assert.equal((await runOs(['nothing-known'], { env: { XDG_CACHE_HOME: cache } })).code, 2);
      assert.deepEqual(await readdir(code), [name]);
      // The code of another copy of the same program names other files.
      const copy = await copyProgram(cache);
      const env = { HOME: cache, XDG_CACHE_HOME: cache };
      assert.equal(spawnSync(process.execPath, [copy, 'ps', '127.0.0.1:1'], { env }).status, 3);
      assert.equal((await readdir(code)).length, 2);
    } finally {
      await rm(cache, { recursive: true });
    }
  });

  it('of a user without a home directory is one line that says so', async () => {
    const copy = await mkdtemp(path.join(tmpdir(), 'os-copy-'));
    try {
      await chmod(copy, 0o755);
      const program = await copyProgram(copy);
      // No system has a user of this id.
      const options = { uid: 54_321, gid: 54_321, env: {}, cwd: copy };
      const refused = spawnSync(process.execPath, [program, 'ps', '127.0.0.1:1'], options);
      assert.equal(
        refused.stderr.toString(),
        'os: this user has no home directory: set HOME to a directory of yours\n',
      );
      assert.equal(refused.status, 2);
      const env = { HOME: '/' };
      assert.equal(
        spawnSync(process.execPath, [program, 'ps', '127.0.0.1:1'], { ...options, env }).status,
        3,
      );
    } finally {
      await rm(copy, { recursive: true });
    }
  });

  it('without an argument that it needs ends with 2 and names the argument, in the program as it is shipped', async () => {
    const manifest = JSON.parse(await readFile(path.join(root, 'oclif.manifest.json'), 'utf8')) as {
      commands: Record<string, { args: Record<string, { name: string; required?: boolean }> }>;
    };
    const needing = Object.entries(manifest.commands).flatMap(([id, { args }]) => {
      const required = Object.values(args).filter(it => it.required === true);
      return required.length === 0 ? [] : [{ words: id.split(':'), names: required.map(it => it.name) }];
    });
    assert.ok(needing.length > 5);
    for (const { words, names } of needing) {
      const { code, stderr } = await runOs(words);
      assert.equal(code, 2, `${words.join(' ')}: ${stderr}`);
      for (const name of names) assert.ok(stderr.includes(name.toUpperCase()), stderr);
    }
  });
});
