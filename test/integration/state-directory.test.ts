import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { needsMachine } from '../support/machine.ts';

const file = path.resolve('src/state/atomic-file.ts');
const script = `
import { writeFileAtomic } from ${JSON.stringify(file)};
await writeFileAtomic(process.argv[1], 'x'.repeat(200_000)).catch(error => console.log(error.message));
`;

describe('a state directory that cannot be written', function () {
  this.timeout(60_000);
  let directory: string | undefined;
  before(function () {
    needsMachine(this);
    directory = mkdtempSync(path.join(tmpdir(), 'os-state-'));
  });
  after(() => {
    if (directory !== undefined) rmSync(directory, { recursive: true });
  });

  /** The message of a write below a file system that is mounted with `options`, for this one process. */
  function writeOn(options: string): string {
    const at = directory ?? '';
    const mounted = `mount -t tmpfs -o ${options} tmpfs "$0" && shift && exec "$@"`;
    const node = [process.execPath, '--import=tsx', '--input-type=module', '-e', script];
    const args = ['--mount', '--propagation', 'private', 'sh', '-c', mounted, at, ''];
    const target = path.join(at, 'os-cli', 'known', 'file');
    const { stdout, stderr } = spawnSync('unshare', [...args, ...node, target], { encoding: 'utf8' });
    return `${stdout.trim()}${stderr}`.replace(at, '…');
  }

  it('is said to be read-only where it is, also where its directories have to be made first', () => {
    assert.equal(writeOn('ro'), 'cannot write …/os-cli/known/file: the file system is read-only');
  });

  it('is said to be full where it is', () => {
    assert.equal(writeOn('size=64k'), 'cannot write …/os-cli/known/file: no space is left');
  });
});
