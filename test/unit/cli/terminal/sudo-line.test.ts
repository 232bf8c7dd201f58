import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { sudoLineFor } from '../../../../src/cli/terminal/sudo-line.ts';

describe('sudoLineFor', () => {
  /** The words that a shell makes of `line`. */
  const wordsOf = (line: string): readonly string[] =>
    execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' })
      .trimEnd()
      .split('\n');
  const argv = ['/usr/bin/node', '/opt/os/bin/run.js', 'image', 'flash', "my kitchen's.img", '--yes'];

  it('runs this very program with its arguments, whatever characters they have', () => {
    assert.deepEqual(wordsOf(sudoLineFor(argv, [])), ['sudo', '--', process.execPath, ...argv.slice(1)]);
  });

  it('names the drives that were picked, so that they are not asked for again', () => {
    assert.deepEqual(wordsOf(sudoLineFor(argv, ['/dev/sdb', '/dev/disk/by-id/usb card'])).slice(-4), [
      '--drive',
      '/dev/sdb',
      '--drive',
      '/dev/disk/by-id/usb card',
    ]);
  });
});
