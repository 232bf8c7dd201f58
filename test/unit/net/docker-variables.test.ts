import assert from 'node:assert/strict';
import { overridingVariables } from '../../../src/net/docker-variables.ts';

describe('what keeps docker from using the context that is chosen', () => {
  it('is a variable that names an engine or a context, also an empty one', () => {
    assert.deepEqual(overridingVariables({ DOCKER_HOST: '', DOCKER_CONTEXT: 'shop', DOCKER_CONFIG: '/a' }), [
      'DOCKER_HOST',
      'DOCKER_CONTEXT',
    ]);
  });

  it('is a variable that asks for TLS, unless it is empty', () => {
    assert.deepEqual(overridingVariables({ DOCKER_TLS_VERIFY: '', DOCKER_CERT_PATH: '/certs' }), [
      'DOCKER_CERT_PATH',
    ]);
    assert.deepEqual(overridingVariables({ DOCKER_TLS_VERIFY: '1' }), ['DOCKER_TLS_VERIFY']);
    assert.deepEqual(overridingVariables({}), []);
  });
});
