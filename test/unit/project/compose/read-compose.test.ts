import assert from 'node:assert/strict';
import path from 'node:path';
import type { ReadProjectOptions } from '../../../../src/project/read-project.ts';
import { find, read, roles, warnings } from '../../../support/read-files.ts';

describe('compose files of a directory', () => {
  it('are the base, its override and the development overlay, which is announced', async () => {
    const image = (name: string): string => `services: {web: {image: ${name}}}`;
    const project = await read({
      'docker-compose.yml': image('a'),
      'docker-compose.override.yml': image('b'),
      'docker-compose.dev.yml': image('c'),
      'docker-compose.yaml': image('never'),
    });
    assert.equal(find(project, 'web').image, 'c');
    assert.deepEqual(roles(project), [
      'base docker-compose.yml',
      'override docker-compose.override.yml',
      'development docker-compose.dev.yml',
    ]);
    assert.deepEqual(warnings(project), [
      'docker-compose.dev.yml:1:1: is applied because it is there',
      'docker-compose.yaml:1:1: is not used, because docker-compose.yml is there',
    ]);
  });

  it('are those that are named, and then no others', async () => {
    const files = {
      'compose.yaml': 'services: {}',
      'a.yaml': 'services: {web: {image: a, user: x}}',
      'b.yaml': 'services: {web: {image: b}}',
    };
    for (const given of [
      { composeFiles: ['a.yaml', 'b.yaml'] },
      { environment: { COMPOSE_FILE: 'a.yaml:b.yaml' } },
    ]) {
      const web = find(await read(files, given), 'web');
      assert.deepEqual([web.image, web.user], ['b', 'x']);
    }
  });

  it('do not count when a Dockerfile is asked for', async () => {
    const project = await read(
      { 'compose.yaml': 'services: {}', 'Dockerfile.x': 'FROM a' },
      { dockerfile: 'Dockerfile.x' },
    );
    assert.deepEqual(
      project.services.map(({ name }) => name),
      ['main'],
    );
    assert.deepEqual(warnings(project), ['compose.yaml:1:1: is not used, because Dockerfile.x is asked for']);
  });

  it('with an override can reset and replace', async () => {
    const project = await read({
      'compose.yaml': 'services: {web: {image: a, ports: ["80:80"], environment: {A: "1"}, user: x}}',
      'compose.override.yaml':
        'services: {web: {ports: !override ["81:81"], environment: !reset null, user: !reset null}}',
    });
    const web = find(project, 'web');
    assert.deepEqual([web.ports.map(it => it.published), web.environment, web.user], [['81'], {}, undefined]);
  });

  it('include others, with their own directory and variables, and extend services of others', async () => {
    const project = await read({
      'compose.yaml':
        'include: [sub/compose.yaml, {path: two.yaml, env_file: two.env}]\nservices: {web: {extends: {file: sub/base.yaml, service: base}, depends_on: [inner]}}',
      'sub/compose.yaml': 'services: {inner: {image: "i:${V:-0}", env_file: x.env}}\nvolumes: {v: }',
      'sub/.env': 'V=7',
      'sub/x.env': 'X=1',
      'sub/base.yaml': 'services: {root: {image: r, build: .}, base: {extends: root, environment: {A: "1"}}}',
      'sub/Dockerfile': 'FROM a',
      'two.yaml': 'services: {two: {image: "${T}"}}',
      'two.env': 'T=t2',
    });
    assert.deepEqual(
      project.services.map(it => [it.name, it.image]),
      [
        ['inner', 'i:7'],
        ['two', 't2'],
        ['web', 'r'],
      ],
    );
    assert.deepEqual(find(project, 'inner').environment, { X: '1' });
    const { build } = find(project, 'web');
    assert.equal(path.relative(project.directory, build?.contextDirectory ?? ''), 'sub');
    assert.deepEqual(roles(project), [
      'base compose.yaml',
      'included sub/compose.yaml',
      'included two.yaml',
      'extended sub/base.yaml',
    ]);
  });

  it('include nothing where the list is empty, in the file and in one that is merged over it', async () => {
    const project = await read({
      'compose.yaml': 'include:\n#  - sub/compose.yaml\nservices: {web: {image: a}}',
      'compose.override.yaml': 'include: null\nservices: {web: {user: x}}',
    });
    assert.deepEqual([find(project, 'web').user, roles(project).length], ['x', 2]);
  });

  it('leave out services of profiles that are not asked for', async () => {
    const files = {
      'compose.yaml':
        'services: {a: {image: a}, b: {image: b, profiles: [p]}, c: {image: c, profiles: [q], depends_on: {b: {condition: service_started, required: false}}}}',
    };
    const names = async (options: Partial<ReadProjectOptions>): Promise<unknown> => {
      const { services, disabledServices } = await read(files, options);
      return [services.map(({ name }) => name), disabledServices];
    };
    assert.deepEqual(await names({}), [['a'], ['b', 'c']]);
    assert.deepEqual(await names({ profiles: ['q'] }), [['a', 'c'], ['b']]);
    assert.deepEqual(await names({ environment: { COMPOSE_PROFILES: 'p,q' } }), [['a', 'b', 'c'], []]);
    assert.deepEqual(await names({ profiles: ['*'] }), [['a', 'b', 'c'], []]);
  });

  it('take profiles from the environment where no flag gives one, and tell of those that no service has', async () => {
    const files = { 'compose.yaml': 'services: {a: {image: a}, b: {image: b, profiles: [debug]}}' };
    const names = async (profiles: string[]): Promise<unknown> => {
      const project = await read(files, { profiles, environment: { COMPOSE_PROFILES: 'debug' } });
      return [project.services.map(({ name }) => name), warnings(project)];
    };
    assert.deepEqual(await names([]), [['a', 'b'], []]);
    assert.deepEqual(await names(['debgu', '*']), [
      ['a', 'b'],
      ['compose.yaml:1:1: services: none has the profile "debgu": did you mean "debug"?'],
    ]);
  });

  it('take variables from the environment, then from .env or the files that are named instead', async () => {
    const files = {
      'compose.yaml': 'services: {web: {image: "${A}-${B}-${COMPOSE_PROJECT_NAME}"}}',
      '.env': 'A=env\nB=env',
      other: 'A=other\nB=other',
    };
    const image = async (options: Partial<ReadProjectOptions>): Promise<unknown> =>
      find(await read(files, options), 'web').image;
    assert.equal(await image({ environment: { A: 'user' } }), 'user-env-proj');
    assert.equal(await image({ envFiles: ['.env', 'other'] }), 'other-other-proj');
    assert.equal(await image({ environment: { COMPOSE_ENV_FILES: 'other' } }), 'other-other-proj');
  });

  it('name the project by flag, variable, name: or directory', async () => {
    const files = {
      'compose.yaml': 'name: ${N:-own}\nservices: {web: {image: a, networks: [x]}}\nnetworks: {x: }',
    };
    const name = async (options: Partial<ReadProjectOptions>): Promise<string> =>
      (await read(files, options)).name;
    assert.equal(await name({}), 'own');
    assert.equal(await name({ environment: { N: 'n' } }), 'n');
    assert.equal(await name({ environment: { COMPOSE_PROJECT_NAME: 'var' } }), 'var');
    assert.equal(await name({ projectName: 'flag', environment: { COMPOSE_PROJECT_NAME: 'var' } }), 'flag');
    assert.deepEqual(
      (await read(files)).networks.map(it => it.name),
      ['own_x'],
    );
    await assert.rejects(name({ projectName: 'No!' }), { code: 'usage' });
  });

  it('warn of a root ignore file that applies to no build, and of variables that are not set', async () => {
    const project = await read({
      'compose.yaml': 'services: {web: {build: web, user: "$NOBODY"}}',
      'web/Dockerfile': 'FROM a',
      '.dockerignore': 'x',
    });
    assert.deepEqual(warnings(project), [
      '.dockerignore:1:1: applies to no build: each follows the .dockerignore of its own context (web)',
      'compose.yaml:1:36: services.web.user: the variable NOBODY is not set: it is empty',
    ]);
  });

  it('warn of a variable that is not set with the way to leave it to the container, where that may know it', async () => {
    const project = await read({
      'compose.yaml':
        'services:\n  web:\n    image: a\n    command: echo $A\n    entrypoint: [sh, "$B"]\n    healthcheck: {test: "x -p$C"}\n    user: "$D"',
    });
    const unset = (name: string, rest = `: write $$${name} to leave it to the container`): string =>
      `the variable ${name} is not set: it is empty${rest}`;
    assert.deepEqual(
      warnings(project).map(it => it.replace(/^\S+ \S+ /, '')),
      [unset('A'), unset('B'), unset('C'), unset('D', '')],
    );
  });
});
