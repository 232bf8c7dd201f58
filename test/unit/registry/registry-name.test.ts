import assert from 'node:assert/strict';
import { dockerHub, findLogin, registryOf } from '../../../src/registry/registry-name.ts';

describe('registries', () => {
  it('are told from an image by its first part', () => {
    for (const name of ['busybox', 'library/busybox:1', 'docker.io/library/busybox', 'a/b/c'])
      assert.equal(registryOf(name), dockerHub, name);
    assert.equal(registryOf('ghcr.io/a/b'), 'ghcr.io');
    assert.equal(registryOf('10.0.0.5:5000/a'), '10.0.0.5:5000');
    assert.equal(registryOf('localhost/a'), 'localhost');
  });

  it('are found with and without a scheme', () => {
    const login = { username: 'u', password: 'p', serveraddress: 'x' };
    assert.equal(findLogin({ 'https://ghcr.io': login }, 'ghcr.io/a/b'), login);
    assert.equal(findLogin({ 'index.docker.io': login }, 'busybox'), login);
    assert.equal(findLogin({ 'ghcr.io': login }, 'quay.io/a/b'), undefined);
  });
});
