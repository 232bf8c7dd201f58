import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, runOs } from '../support/run-program.ts';

/** The files that one run of the program loads as code, relative to the package; Node's own record of coverage tells. */
async function loadedFiles(args: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'os-coverage-'));
  try {
    const { code } = await runOs(args, { env: { NODE_V8_COVERAGE: folder } });
    assert.equal(code, 0);
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

describe('a start', () => {
  it('loads one file for os, os --help and os --version', async () => {
    for (const args of [[], ['--help'], ['help'], ['--version']])
      assert.deepEqual(await loadedFiles(args), ['bin/run.js'], args.join(' '));
  });

  it('loads at most 8 files and 350 kB of code for the help of a command', async () => {
    const files = await loadedFiles(['scan', '--help']);
    assert.ok(files.length <= 8, files.join(', '));
    const sizes = await Promise.all(files.map(async file => (await stat(path.join(root, file))).size));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(total <= 350_000, `${total.toString()} bytes`);
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
});
