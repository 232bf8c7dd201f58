import assert from 'node:assert/strict';
import type { Service } from '../../../../../src/project/service.ts';
import { find, read } from '../../../../support/read-files.ts';

const composeFiles = ['compose.yaml', 'over.yaml'];

/** The service `web` of a base with the lines `base` and an override with the lines `over`. */
const merged = async (
  base: string,
  over: string,
  environment: Record<string, string> = {},
): Promise<Service> =>
  find(
    await read(
      {
        'compose.yaml': `services: {web: {image: a, ${base}}}`,
        'over.yaml': `services: {web: {${over}}}`,
        'one.env': 'FROM=one\nONE=1',
        'two.env': 'FROM=two\nTWO=2',
      },
      { composeFiles, environment },
    ),
    'web',
  );

describe('merged compose files', () => {
  it('lose a key that !reset names, in a mapping of whatever kind, also where the shell has a variable of its name', async () => {
    const { environment, unsetVariables } = await merged(
      'environment: {A: 1, B: 2}',
      'environment: {A: !reset null}',
      { A: 'of the shell' },
    );
    assert.deepEqual([environment, unsetVariables], [{ B: '2' }, []]);
    const { extraHosts } = await merged(
      'extra_hosts: {a: 1.1.1.1, b: 2.2.2.2}',
      'extra_hosts: {a: !reset null}',
    );
    assert.deepEqual(extraHosts, ['b:2.2.2.2']);
  });

  it('have no key that !reset names and no file before has', async () => {
    const { environment, unsetVariables } = await merged('environment: {A: !reset 1, B: 2}', '');
    assert.deepEqual([environment, unsetVariables], [{ B: '2' }, []]);
  });

  it('have no item of a list that is marked by !reset', async () => {
    const { ports } = await merged('ports: ["81:81"]', 'ports: [!reset "82:82", "83:83"]');
    assert.deepEqual(
      ports.map(({ published }) => published),
      ['81', '83'],
    );
    const { mounts } = await merged('volumes: ["/a:/a"]', 'volumes: [!reset "/b:/b"]');
    assert.equal(mounts.length, 1);
  });

  it('take an env file that both name at its first place, in whichever form it is written', async () => {
    for (const again of ['one.env', '{path: one.env}', '{path: one.env, required: true}']) {
      const { environment } = await merged('env_file: [one.env, two.env]', `env_file: [${again}]`);
      assert.deepEqual(environment, { FROM: 'two', ONE: '1', TWO: '2' }, again);
    }
    const { environment } = await merged('env_file: [one.env, two.env, {path: one.env}]', '');
    assert.equal(environment['FROM'], 'two');
  });

  it('keep files of equal names that start from different directories apart', async () => {
    for (const [key, name] of [
      ['env_file', 'environment'],
      ['label_file', 'labels'],
    ] as const) {
      const project = await read({
        'compose.yaml': `services: {web: {extends: {file: base/b.yaml, service: web}, ${key}: x.env}}`,
        'x.env': 'FROM=top\nTOP=1',
        'base/b.yaml': `services: {web: {image: a, ${key}: x.env}}`,
        'base/x.env': 'FROM=base\nBASE=1',
      });
      assert.deepEqual(find(project, 'web')[name], { FROM: 'top', BASE: '1', TOP: '1' }, key);
    }
  });

  it('may be empty, each of them, as long as one has services', async () => {
    for (const empty of ['', '# nothing\n']) {
      const service = 'services: {web: {image: a}}';
      for (const files of [
        { 'compose.yaml': empty, 'over.yaml': service },
        { 'compose.yaml': service, 'over.yaml': empty },
        { 'compose.yaml': `include: [empty.yaml]\n${service}`, 'over.yaml': '{}', 'empty.yaml': empty },
      ])
        assert.equal(find(await read(files, { composeFiles }), 'web').image, 'a');
      await assert.rejects(
        read({ 'compose.yaml': empty, 'over.yaml': empty }, { composeFiles }),
        /compose\.yaml:1:1: the file is empty$/,
      );
      await assert.rejects(
        read({
          'compose.yaml': 'services: {web: {image: a, extends: {file: e.yaml, service: x}}}',
          'e.yaml': empty,
        }),
        /e\.yaml:1:1: the file is empty$/,
      );
    }
  });
});
