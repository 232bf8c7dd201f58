import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../../../support/run-program.ts';

const hasTail = (): boolean => {
  try {
    return execFileSync('tail', ['--version'], { encoding: 'utf8' }).includes('GNU coreutils');
  } catch {
    return false;
  }
};

const moduleUrl = pathToFileURL(path.join(root, 'src/cli/terminal/streams/watch-reader.ts')).href;

/** Runs a program that prints one line and then waits, into `reader`; returns what it reports on stderr. */
function pipeInto(reader: string, program: string): string {
  const script = `
    import { watchReader } from ${JSON.stringify(moduleUrl)};
    const waiting = setTimeout(() => console.error('waited'), 8000);
    console.log('one');
    ${program}
  `;
  const node = `"$NODE" --import=tsx --input-type=module -e "$SCRIPT" 2>&3`;
  return execFileSync('sh', ['-c', `exec 3>&1; ${node} | ${reader} >/dev/null; exec 3>&-`], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE: process.execPath, SCRIPT: script },
  });
}

describe('a command whose stdout is a pipe', () => {
  before(function () {
    if (process.platform !== 'linux' || !hasTail()) this.skip();
  });

  it('notices while it prints nothing that the reader is gone', () => {
    const program = "watchReader(() => { console.error('gone'); clearTimeout(waiting); });";
    assert.equal(pipeInto('head -1', program), 'gone\n');
  });

  it('closes the pipe when it ends, and takes that for no reader that is gone', () => {
    const program = `
      const watch = watchReader(() => console.error('gone'));
      setTimeout(() => { watch[Symbol.dispose](); clearTimeout(waiting); }, 300);
    `;
    assert.equal(pipeInto('cat', program), '');
  });

  it('closes the pipe also when it is killed', () => {
    const program =
      "watchReader(() => undefined); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300);";
    assert.equal(pipeInto('cat', program), '');
  });
});
