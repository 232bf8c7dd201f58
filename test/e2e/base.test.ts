import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { renderRootHelp } from '../../src/cli/main.ts';
import { renderHelp } from '../support/render-help.ts';
import { root, runNode, runOs } from '../support/run-program.ts';

interface Manifest {
  commands: Record<string, { id: string; summary?: string; examples?: unknown[]; hidden?: boolean }>;
}

const readManifest = async (): Promise<Manifest> =>
  JSON.parse(await readFile(path.join(root, 'oclif.manifest.json'), 'utf8')) as Manifest;

describe('the built program', () => {
  it('prints its help from a file that says what the commands say', async () => {
    const expected = await renderRootHelp({ root });
    for (const args of [[], ['--help'], ['-h'], ['help'], ['--help', '--json']]) {
      const { code, stdout, stderr } = await runOs(args);
      assert.deepEqual([code, stdout, stderr], [0, expected, ''], args.join(' '));
    }
  });

  it('lists every command in its help, in at most 80 columns', async () => {
    const { stdout } = await runOs([]);
    for (const { id, hidden } of Object.values((await readManifest()).commands))
      if (hidden !== true) assert.match(stdout, new RegExp(`^  ${id.replaceAll(':', ' ')} {2,}\\w`, 'm'));
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  });

  it('prints the help of a command as it is rendered from the manifest', async () => {
    for (const words of [['push'], ['image', 'configure']]) {
      const { code, stdout, stderr } = await runOs([...words, '--help']);
      assert.deepEqual([code, stdout, stderr], [0, await renderHelp(words), '']);
    }
  });

  it('shows as repeatable only the argument that is', async () => {
    const { stdout } = await runOs(['logs', '--help']);
    assert.match(stdout, /\$ os logs \[DEVICE\] \[SERVICE…\] \[FLAGS\]/);
    assert.match(stdout, /\n {2}\[DEVICE\] .*\n.*\n {2}\[SERVICE\.\.\.\] /);
  });

  it('tells its version, to a person and to a script', async () => {
    const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.equal((await runOs(['--version'])).stdout, `${version}\n`);
    assert.deepEqual(JSON.parse((await runOs(['--version', '--json'])).stdout), {
      ok: true,
      result: { version },
    });
  });

  it('answers a mistyped command with the nearest one', async () => {
    for (const [typed, meant] of [
      ['scna', 'scan'],
      ['emulater', 'emulator'],
      ['emulator pu', 'emulator up'],
      ['up', 'emulator up'],
    ] as const) {
      const { code, stderr } = await runOs(typed.split(' '));
      assert.deepEqual(
        [code, stderr],
        [2, `os: no such command: os ${typed}\n    did you mean \`os ${meant}\`?\n`],
      );
    }
  });

  it('answers flags without a command by saying where they go', async () => {
    const { code, stderr } = await runOs(['--quiet', 'scan']);
    assert.equal(code, 2);
    assert.equal(
      stderr,
      'os: a command is missing before --quiet\n    write flags after the command: `os COMMAND --quiet`\n',
    );
  });

  it('says how to build it in a clone that was not built', async () => {
    const clone = await mkdtemp(path.join(tmpdir(), 'os-clone-'));
    try {
      await cp(path.join(root, 'bin'), path.join(clone, 'bin'), { recursive: true });
      await cp(path.join(root, 'package.json'), path.join(clone, 'package.json'));
      for (const args of [[], ['--help'], ['scan']]) {
        const { code, stdout, stderr } = await runNode([path.join(clone, 'bin/run.js'), ...args]);
        assert.deepEqual([code, stdout], [1, '']);
        assert.match(stderr, /^os: it is not built yet: .*\n {4}run `npm run build` there\n$/);
      }
    } finally {
      await rm(clone, { recursive: true });
    }
  });

  it('runs from a directory whose name holds a space, a percent sign and an umlaut', async () => {
    const parent = await mkdtemp(path.join(tmpdir(), 'os-'));
    const copy = path.join(parent, 'a b%20ü');
    try {
      for (const part of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
        await cp(path.join(root, part), path.join(copy, part), { recursive: true });
      const { code, stdout } = await runNode([path.join(copy, 'bin/run.js'), 'scan', '--help']);
      assert.deepEqual([code, stdout], [0, (await runOs(['scan', '--help'])).stdout]);
    } finally {
      await rm(parent, { recursive: true });
    }
  });

  it('ends without a word when whoever reads its output goes away', () => {
    const program = `"${process.execPath}" "${path.join(root, 'bin/run.js')}"`;
    for (const command of ['--help', 'scan --help', 'scan --timeout 300ms', 'emulator list']) {
      const script = `set -o pipefail; ${program} ${command} | true`;
      const { stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
      assert.doesNotMatch(stderr, /EPIPE|at .*\.[cm]?js:/, command);
    }
  });

  it('says that its output cannot be written, and ends with status 141', function () {
    if (!existsSync('/dev/full')) this.skip();
    const program = `"${process.execPath}" "${path.join(root, 'bin/run.js')}"`;
    for (const command of [
      '--help',
      '--version',
      'scan --help',
      'scan --timeout 0 --json',
      'emulator list',
    ]) {
      const script = `${program} ${command} >/dev/full`;
      const { status, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
      assert.equal(status, 141, command);
      assert.match(stderr, /^os: cannot write the output: .+\n$/m);
      assert.doesNotMatch(stderr, /at .*\.[cm]?js:/, command);
    }
  });

  it('loads no plugin that lies in the directories of the user', async () => {
    const home = await mkdtemp(path.join(tmpdir(), 'os-home-'));
    try {
      await mkdir(path.join(home, 'os-cli'));
      const plugins = { oclif: { plugins: [{ name: 'intruder', type: 'user' }] } };
      await writeFile(path.join(home, 'os-cli/package.json'), JSON.stringify(plugins));
      const { code, stderr } = await runOs(['scan', '--help'], { env: { XDG_DATA_HOME: home } });
      assert.deepEqual([code, stderr], [0, '']);
    } finally {
      await rm(home, { recursive: true });
    }
  });
});
