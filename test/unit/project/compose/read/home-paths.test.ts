import assert from 'node:assert/strict';
import path from 'node:path';
import { find, read } from '../../../../support/read-files.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';
import { makeTree } from '../../../../support/tree.ts';

const compose = `
include: [~/included.yaml]
services:
  web:
    build: ~/app
    env_file: ~/web.env
    secrets: [key]
    configs: [conf]
    develop: {watch: [{path: ~/app/src, action: sync, target: /src}]}
  more:
    extends: {file: ~/base.yaml, service: base}
secrets: {key: {file: ~/.ssh/id_rsa}}
configs: {conf: {file: ~/app.conf}}
`;

describe('a path with ~', () => {
  it("is below the user's home directory, as in docker compose", async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, {
      'included.yaml': 'services: {db: {image: d}}',
      'base.yaml': 'services: {base: {image: b}}',
      'app/Dockerfile': 'FROM a',
      'app/src/x': '',
      'web.env': 'A=1',
      '.ssh/id_rsa': 'k',
      'app.conf': 'c',
    });
    const home = process.env['HOME'];
    process.env['HOME'] = temp.path;
    try {
      const project = await read({ 'compose.yaml': compose });
      const web = find(project, 'web');
      const below = (name: string): string => path.join(temp.path, name);
      assert.equal(web.build?.contextDirectory, below('app'));
      assert.deepEqual(web.environment, { A: '1' });
      assert.deepEqual(project.secrets[0]?.source, { file: below('.ssh/id_rsa') });
      assert.deepEqual(project.configs[0]?.source, { file: below('app.conf') });
      assert.equal(web.watch[0]?.path, below('app/src'));
      assert.deepEqual([find(project, 'more').image, find(project, 'db').image], ['b', 'd']);
    } finally {
      if (home === undefined) delete process.env['HOME'];
      else process.env['HOME'] = home;
    }
  });
});
