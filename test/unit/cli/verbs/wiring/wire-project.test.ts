import assert from 'node:assert/strict';
import { wireProject } from '../../../../../src/cli/verbs/wiring/wire-project.ts';
import type { ReachedEngine } from '../../../../../src/reach/engine/reached-engine.ts';
import { useTempDirectory } from '../../../../support/temp-directory.ts';
import { makeTree, type Tree } from '../../../../support/tree.ts';

describe('a project for a device that was reached', () => {
  const directory = useTempDirectory();

  /** Reads the project of `tree`: the Dockerfile that is chosen, and how often the device was asked who it is. */
  async function read(tree: Tree): Promise<{ dockerfile: string | undefined; asked: number }> {
    await makeTree(directory(), tree);
    let asked = 0;
    const device = {
      architecture: 'aarch64',
      identify: () => {
        asked++;
        return Promise.resolve({ arch: 'aarch64', deviceType: 'raspberrypi4-64' });
      },
    } as unknown as ReachedEngine;
    const { signal } = new AbortController();
    const { readProject } = wireProject({ output: {} as never, signal, events: {} as never });
    const request = {
      source: directory(),
      ...{ composeFiles: [], envFiles: [], profiles: [], variables: [], buildArgs: {} },
    };
    const project = await readProject(request, 'plain', { device, isQuiet: true });
    return { dockerfile: project.services[0]?.build?.dockerfile.text, asked };
  }

  it('asks it for its type, over SSH, only where a Dockerfile depends on it', async () => {
    assert.deepEqual(await read({ Dockerfile: 'FROM plain\n' }), { dockerfile: 'FROM plain\n', asked: 0 });
    assert.deepEqual(await read({ 'Dockerfile.raspberrypi4-64': 'FROM board\n' }), {
      dockerfile: 'FROM board\n',
      asked: 1,
    });
  });
});
