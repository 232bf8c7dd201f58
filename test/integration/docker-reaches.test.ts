import assert from 'node:assert/strict';
import { checkWithDocker } from '../../src/docker-context/check-with-docker.ts';
import { useTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

describe('the question to docker whether it reaches an engine', () => {
  const directory = useTempDirectory();
  const { signal } = new AbortController();
  const before = process.env['PATH'];
  afterEach(() => {
    process.env['PATH'] = before;
  });

  /** Asks a docker that is this shell script; it is not executable where `run` is missing. */
  async function ask(docker: string | { readonly run: string }): Promise<void> {
    await makeTree(directory(), { docker });
    process.env['PATH'] = `${directory()}:/usr/bin:/bin`;
    await checkWithDocker('tcp://192.0.2.5:2375', signal, 300);
  }

  it('fails with the last line that docker says, or that it does not answer', async () => {
    const refusal = { code: 'engine-refused', message: 'docker does not reach it: too new' };
    await assert.rejects(ask({ run: '#!/bin/sh\necho one >&2; echo too new >&2; exit 1\n' }), refusal);
    const silence = { code: 'engine-refused', message: 'docker does not reach it: no answer in 300 ms' };
    await assert.rejects(ask({ run: '#!/bin/sh\nexec sleep 20\n' }), silence);
    const mute = { code: 'engine-refused', message: 'docker does not reach it: it ends with status 3' };
    await assert.rejects(ask({ run: '#!/bin/sh\nexit 3\n' }), mute);
  });

  it('is not asked of a docker that cannot be run, which says nothing of the engine', async () => {
    await ask('no program');
  });
});
