import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { needsMachine } from '../support/machine.ts';
import { root } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { openTerminal, type TestTerminal } from '../support/terminal.ts';

interface Shell {
  readonly name: string;
  readonly program: string;
  /** What a person has in their configuration, and `os` as a function that prints its words. */
  readonly setup: readonly string[];
}

const shells: readonly Shell[] = [
  {
    name: 'zsh',
    program: 'zsh -f -i',
    setup: [
      'unsetopt beep; autoload -Uz compinit; compinit -u -d "$HOME/dump"; source <(os completion zsh)',
      `os() { printf RAN; printf '|%s' "$@"; echo '|END' }`,
      `PS1='ready> '`,
    ],
  },
  {
    name: 'fish',
    program: 'fish --no-config -i',
    setup: [
      'set fish_greeting; os completion fish | source',
      `function os; printf RAN; printf '|%s' $argv; echo '|END'; end`,
      `function fish_prompt; echo 'ready> '; end`,
    ],
  },
];

for (const { name, program, setup } of shells)
  describe(`TAB in ${name}`, function () {
    this.timeout(120_000);
    let home: Awaited<ReturnType<typeof openTempDirectory>>;
    let terminal: TestTerminal;
    before(async function () {
      needsMachine(this);
      home = await openTempDirectory();
      const at = (...parts: string[]): string => path.join(home.path, ...parts);
      const file = async (place: string, content: string): Promise<void> => {
        await mkdir(path.dirname(at(place)), { recursive: true });
        await writeFile(at(place), content);
      };
      await file('bin/os', `#!/bin/sh\nexec ${process.execPath} ${path.join(root, 'bin/run.js')} "$@"\n`);
      await chmod(at('bin/os'), 0o755);
      for (const device of ['kitchen', 'kiosk'])
        await file(`state/os-cli/devices/${device}.json`, JSON.stringify({ host: `${device}.local` }));
      await file(
        'project/compose.yml',
        'services:\n  web:\n    ports: ["8080:80", "443"]\n  db:\n    expose: [5432]\n',
      );
      await file('project/an image.img', '');
      await mkdir(at('project/my files'));
      assert.ok(existsSync(path.join(root, 'dist/completion.json')), 'the program is built first');
      terminal = await openTerminal(`cd ${at('project')}; exec ${program}`, {
        PATH: `${at('bin')}:/usr/bin:/bin`,
        HOME: home.path,
        XDG_STATE_HOME: at('state'),
        TERM: 'xterm',
        LANG: 'C.UTF-8',
      });
      for (const line of setup) terminal.type(`${line}\n`);
      await terminal.until(/ready> [^']*$/);
    });
    after(async () => {
      await terminal[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    });

    let runs = 0;
    /** Types a line with TABs in it and Enter; returns the words that `os` got. */
    const press = async (line: string): Promise<string[]> => {
      const from = terminal.shown().length;
      terminal.type(`${line}\n`);
      runs += 1;
      await terminal.until(new RegExp(`(?:RAN\\|[^]*?\\|END[^]*?){${runs.toString()}}`));
      const [, words = ''] = /RAN\|([^]*?)\|END/.exec(terminal.shown().slice(from)) ?? [];
      return words.split('|');
    };

    it('completes commands, their next words and flags', async () => {
      assert.deepEqual(await press('os tunn\t'), ['tunnel']);
      assert.deepEqual(await press('os emul\tlis\t'), ['emulator', 'list']);
      assert.deepEqual(await press('os push --no-ca\t'), ['push', '--no-cache']);
      assert.deepEqual(await press('os push --via=s\t'), ['push', '--via=ssh']);
    });

    it('offers all that fit, with what they do', async () => {
      terminal.type('os s\t');
      await terminal.until(/scan[^]*find the devices on your network/);
      assert.deepEqual(await press('can'), ['scan']);
    });

    it('completes devices and services', async () => {
      assert.deepEqual(await press('os ssh kit\twe\t'), ['ssh', 'kitchen', 'web']);
      assert.deepEqual(await press('os tunnel --device=kio\t'), ['tunnel', '--device=kiosk']);
      assert.deepEqual(await press('os config get --on kit\thost'), [
        'config',
        'get',
        '--on',
        'kitchen',
        'host',
      ]);
    });

    it('completes ports with a colon in them', async () => {
      assert.deepEqual(await press('os tunnel kit\tweb:8\tdb\t'), ['tunnel', 'kitchen', 'web:80', 'db:5432']);
      assert.deepEqual(await press('os tunnel web:4\t'), ['tunnel', 'web:443']);
    });

    it('completes DEVICE:SERVICE:/ of a copy with no space behind, and files of this machine beside', async () => {
      assert.deepEqual(await press('os cp kit\tw\tetc an\t'), ['cp', 'kitchen:web:/etc', 'an image.img']);
      assert.deepEqual(await press('os cp an\tkitchen:w\t'), ['cp', 'an image.img', 'kitchen:web:/']);
    });

    it('completes names with spaces, in quotes or not', async () => {
      assert.deepEqual(await press('os image inspect an\\ im\t'), ['image', 'inspect', 'an image.img']);
      assert.deepEqual(await press('os image inspect "an im\t'), ['image', 'inspect', 'an image.img']);
      assert.deepEqual(await press("os push --source 'my f\t'"), ['push', '--source', 'my files/']);
      assert.deepEqual(await press('os ssh "kit\twe\t'), ['ssh', 'kitchen', 'web']);
      assert.deepEqual(await press('os push --source my\tx'), ['push', '--source', 'my files/x']);
    });
  });
