import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { needsMachine } from '../support/machine.ts';
import { root } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { openTerminal } from '../support/terminal.ts';

/** Presses TAB in a zsh whose configuration is `setup` alone; throws what it shows where the command is not completed. */
async function pressTab(setup: string): Promise<void> {
  await using home = await openTempDirectory();
  const program = path.join(home.path, 'bin/os');
  await mkdir(path.dirname(program));
  await writeFile(program, `#!/bin/sh\nexec ${process.execPath} ${path.join(root, 'bin/run.js')} "$@"\n`);
  await chmod(program, 0o755);
  await using terminal = await openTerminal(`cd ${home.path}; exec zsh -f -i`, {
    PATH: `${path.dirname(program)}:/usr/bin:/bin`,
    HOME: home.path,
    XDG_STATE_HOME: path.join(home.path, 'state'),
    TERM: 'xterm',
    LANG: 'C.UTF-8',
  });
  for (const line of [setup, `os() { echo "RAN|$1|END" }`, `PS1='ready> '`]) terminal.type(`${line}\n`);
  await terminal.until(/ready> [^']*$/);
  terminal.type('os tunn\t\n');
  await terminal.until(/RAN\|tunnel\|END/);
}

describe('the completion of zsh', function () {
  this.timeout(60_000);
  before(function () {
    needsMachine(this);
  });

  it('works from the first TAB on where it is sourced without compinit, and as a file of fpath', async () => {
    const functions = 'mkdir fns; os completion zsh >fns/_os; fpath=($PWD/fns $fpath)';
    await Promise.all([
      pressTab('source <(os completion zsh)'),
      pressTab(`${functions}; autoload -Uz compinit; compinit -u -d "$HOME/dump"`),
    ]);
  });
});
