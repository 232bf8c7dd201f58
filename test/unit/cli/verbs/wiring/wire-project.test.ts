import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { wireProject } from '../../../../../src/cli/verbs/wiring/wire-project.ts';
import type { ReachedEngine } from '../../../../../src/reach/engine/reached-engine.ts';
import { useTempDirectory } from '../../../../support/temp-directory.ts';
import { makeTree, type Tree } from '../../../../support/tree.ts';

interface Read {
  readonly dockerfile: string | undefined;
  /** How often the device was asked who it is. */
  readonly asked: number;
  /** What a person is told. */
  readonly told: readonly string[];
}

describe('a project for a device that was reached', () => {
  const directory = useTempDirectory();

  /** Reads the project of `tree`. */
  async function read(tree: Tree, envFiles: readonly string[] = []): Promise<Read> {
    await makeTree(directory(), tree);
    let asked = 0;
    const told: string[] = [];
    const device = {
      architecture: 'aarch64',
      identify: () => {
        asked++;
        return Promise.resolve({ arch: 'aarch64', deviceType: 'raspberrypi4-64' });
      },
    } as unknown as ReachedEngine;
    const output = { isQuiet: false, talk: (text: string) => told.push(text) };
    const { signal } = new AbortController();
    const { readProject } = wireProject({ output: output as never, signal, events: {} as never });
    const request = {
      source: directory(),
      envFiles: envFiles.map(file => path.join(directory(), file)),
      ...{ composeFiles: [], profiles: [], variables: [], buildArgs: {} },
    };
    const project = await readProject(request, 'plain', { device, isQuiet: false });
    return { dockerfile: project.services[0]?.build?.dockerfile.text, asked, told };
  }

  it('asks it for its type, over SSH, only where a Dockerfile depends on it', async () => {
    assert.deepEqual(await read({ Dockerfile: 'FROM plain\n' }), {
      ...{ dockerfile: 'FROM plain\n', asked: 0, told: [] },
    });
    assert.deepEqual(await read({ 'Dockerfile.raspberrypi4-64': 'FROM board\n' }), {
      ...{ dockerfile: 'FROM board\n', asked: 1, told: [] },
    });
  });

  it('says where variables of an --env-file are applied by Node.js to os itself', async () => {
    const files = { 'app.env': 'A=1\nNODE_OPTIONS=--max-old-space-size=64\n', 'other.env': 'B=1\n' };
    const { told } = await read({ Dockerfile: 'FROM plain\n', ...files }, Object.keys(files));
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', /^Node\.js applies the NODE_OPTIONS in \S+app\.env to os itself/);
  });

  it('takes no variables from a pipe, which Node.js has read before', async () => {
    const pipe = path.join(directory(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    await assert.rejects(read({ Dockerfile: 'FROM plain\n' }, ['pipe']), {
      code: 'usage',
      message: `--env-file ${pipe} is a pipe, which Node.js reads before os does`,
    });
  });
});
