import assert from 'node:assert/strict';
import { context, type ContextRequest } from '../../../../src/cli/verbs/context.ts';

const request: ContextRequest = {
  target: {} as ContextRequest['target'],
  name: 'kitchen',
  isInstalled: true,
  isUsed: true,
};

/** Makes a context the current one in a shell that has these variables. */
const use = (environment: Readonly<Record<string, string>>): Promise<void> =>
  context(
    {
      signal: new AbortController().signal,
      note: note => assert.fail(note),
      reach: () => Promise.reject(new Error('reached')),
      environment,
      dockerDirectory: '/nowhere',
      stateDirectory: '/nowhere',
      shell: 'posix',
      report: () => assert.fail('no context was made'),
    },
    request,
  );

describe('os context --use', () => {
  it('is refused while a variable would lead docker elsewhere, an empty one too, with the line that helps', async () => {
    for (const [environment, unset] of [
      [{ DOCKER_HOST: 'tcp://192.0.2.1:2375' }, 'unset DOCKER_HOST'],
      [{ DOCKER_HOST: '' }, 'unset DOCKER_HOST'],
      [{ DOCKER_CONTEXT: '' }, 'unset DOCKER_CONTEXT'],
      [{ DOCKER_HOST: '', DOCKER_TLS_VERIFY: '1' }, 'unset DOCKER_HOST DOCKER_TLS_VERIFY'],
    ] as const)
      await assert.rejects(use(environment), { code: 'usage', hint: `first: ${unset}` });
  });

  it('goes on where none is set, and where docker takes an empty one for none', async () => {
    for (const environment of [{}, { DOCKER_TLS_VERIFY: '', DOCKER_CERT_PATH: '' }])
      await assert.rejects(use(environment), /reached/);
  });
});
