import assert from 'node:assert/strict';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { OsError } from '../../../src/core/errors.ts';
import { listBuildContext } from '../../../src/project/context/build-context.ts';
import type { Project } from '../../../src/project/project.ts';
import { readProject, type ReadProjectOptions } from '../../../src/project/read-project.ts';
import { find, read, warnings } from '../../support/read-files.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/projects', import.meta.url));

const open = (name: string, options: Partial<ReadProjectOptions> = {}): Promise<Project> =>
  readProject(path.join(fixtures, name), { environment: {}, ...options });

const contextOf = async (name: string): Promise<string[]> => {
  const { services } = await open(name);
  assert.ok(services[0]?.build);
  const { entries } = await listBuildContext(services[0].build);
  return entries.flatMap(it => (it.type === 'directory' || it.name === 'Dockerfile' ? [] : [it.name]));
};

const refusal = async (reading: Promise<unknown>): Promise<string> => {
  const error: unknown = await reading.then(
    () => assert.fail('it is read'),
    (it: unknown) => it,
  );
  assert.ok(error instanceof OsError && error.code === 'project-invalid', String(error));
  return error.message;
};

describe('a project', () => {
  it('remembers what its name was before it was made to fit', async () => {
    const named = async (text: string, options: Partial<ReadProjectOptions> = {}): Promise<string[]> => {
      const { name, givenName } = await read({ 'compose.yaml': `${text}services: {a: {image: a}}` }, options);
      return [name, givenName];
    };
    assert.deepEqual(await named(''), ['proj', 'proj']);
    assert.deepEqual(await named('name: shop\n'), ['shop', 'shop']);
    assert.deepEqual(await named('name: shop\n', { projectName: 'mine' }), ['mine', 'mine']);
  });

  it('has defaults with braces of their own', async () => {
    const { environment } = find(await open('brace-default', { environment: { CFG: 'v' } }), 'web');
    assert.deepEqual(environment, { A: 'v', B: 'v tail', C: 'http://e/{id}/sub' });
  });

  it('keeps a dollar that starts no variable', async () => {
    const { command, environment } = find(await open('dollar-literal'), 'web');
    assert.equal(command?.[2], "ps | awk '{print $1}'; echo $? done; sleep 5");
    assert.equal(environment['P'], 'pass__$85858');
    assert.equal(environment['Q'], 'end$');
  });

  it('has env files that see the environment of their service and the files before them', async () => {
    const { environment } = find(await open('env-file-values'), 'web');
    assert.deepEqual(environment, {
      BASE: '/srv',
      SQ: "it's fine",
      COLOR: '#ff8800',
      T: 'a\t#b',
      URL: 'http://db.local/x',
      FULL: '/srv/app',
      OCT: 'A',
      HOST: 'db.local',
      '9LIVES': 'yes',
      'ARR[0]': 'zero',
    });
  });

  it('takes variables of the last of several env files, also inside of values', async () => {
    const envFiles = ['local.env', 'dev.env'];
    const { environment } = find(await open('env-file-order', { envFiles }), 'web');
    assert.deepEqual(environment, { H: 'dev.example', U: 'http://dev.example' });
  });

  it('that is a Dockerfile alone has an .env of the app, in whatever form', async () => {
    const project = await open('dotenv-of-the-app');
    assert.deepEqual(warnings(project), []);
    assert.deepEqual(await contextOf('dotenv-of-the-app'), ['.env']);
  });

  it('may have a directory called .env, and a second .env beside compose files elsewhere', async () => {
    const compose = 'services: {web: {image: a, environment: {A: "${A}", B: "${B}"}}}';
    const files = { '.env/bin/python': '', 'sub/compose.yaml': compose, 'sub/.env': 'A=sub\nB=sub' };
    const options = { composeFiles: ['sub/compose.yaml'] };
    const besides = find(await read(files, options), 'web').environment;
    assert.deepEqual(besides, { A: 'sub', B: 'sub' });
    const both = { 'sub/compose.yaml': compose, 'sub/.env': 'A=sub\nB=sub', '.env': 'A=top' };
    assert.deepEqual(find(await read(both, options), 'web').environment, { A: 'top', B: 'sub' });
  });

  it('has all YAML documents of a file, each merged over those before it', async () => {
    const { services } = await open('yaml-documents');
    assert.deepEqual(
      services.map(({ name, environment }) => [name, environment]),
      [
        ['two', {}],
        ['web', { V: '2' }],
      ],
    );
    const empty = await read({ 'compose.yaml': '---\nservices: {web: {image: a}}\n---\n' });
    assert.equal(empty.services.length, 1);
  });

  it('has the command of the image again where an override leaves it empty, and other values as before', async () => {
    const files = {
      'compose.yaml': 'services: {web: {image: a, command: x, user: me, ports: ["1:1"]}}',
      'compose.override.yaml': 'services: {web: {command: , user: , ports: }}',
    };
    const { command, user, ports } = find(await read(files), 'web');
    assert.deepEqual([command, user, ports.length], [undefined, 'me', 1]);
  });

  it('leaves out of a context what Docker leaves out by a suffix and by exceptions', async () => {
    assert.deepEqual(await contextOf('ignore-suffix'), ['.dockerignore', 'src/m.c']);
    assert.deepEqual(await contextOf('ignore-exception-of-parent'), ['.dockerignore', 'src/m.c']);
  });

  it('publishes a port once, in whatever spelling and file it is said again', async () => {
    const portsOf = async (override: string): Promise<string[]> => {
      const composeFiles = ['compose.yaml', override];
      const { ports } = find(await open('ports-said-twice', { composeFiles }), 'web');
      return ports.map(it => `${it.published ?? ''}:${it.target.toString()}`).sort();
    };
    const expected = ['8080:80', '9000:9000', '9001:9001', '9002:9002'];
    assert.deepEqual(await portsOf('compose.override.yaml'), expected);
    assert.deepEqual(await portsOf('other.yaml'), expected);
    const ports = '["8080:80", "08080:080/TCP", {target: 80, published: "08080"}]';
    const zeros = find(await read({ 'compose.yaml': `services: {web: {image: a, ports: ${ports}}}` }), 'web');
    assert.equal(zeros.ports.map(it => it.published).join(), '8080');
  });

  it('is refused where one port of the device is published on addresses that overlap', async () => {
    const compose = (ports: string): Promise<Project> =>
      read({ 'compose.yaml': `services: {web: {image: a, ports: ${ports}}}` });
    assert.match(
      await refusal(compose('["8080:80", "127.0.0.1:8080:81"]')),
      /publishes one port twice: 8080:80\/tcp and 127\.0\.0\.1:8080:81\/tcp/,
    );
    await compose('["127.0.0.1:8080:80", "127.0.0.2:8080:80", "8080:80/udp", "8000-8010:80"]');
  });

  it('mounts at one path what is written for it last, and refuses a tmpfs there too', async () => {
    const mountsOf = async (text: string): Promise<string[]> =>
      find(
        await read({ 'compose.yaml': `services: {web: {image: a, ${text}}}\nvolumes: {a: , b: }` }),
        'web',
      ).mounts.map(it => `${it.type === 'volume' ? (it.volume ?? '') : it.type} ${it.target}`);
    assert.deepEqual(await mountsOf('volumes: ["a:/x", "b:/x/", "a:/y"]'), ['b /x', 'a /y']);
    assert.match(await refusal(mountsOf('volumes: ["a:/x"], tmpfs: /x')), /\/x is a mount of "volumes" too/);
  });

  it('takes << for a here-document only where a line below ends it', async () => {
    assert.equal((await open('heredoc-mistaken')).services.length, 1);
    const files = { Dockerfile: 'FROM a\nRUN <<EOF cat > /x\nhello\nEOF\nRUN true\n' };
    assert.match(
      await refusal(read(files)),
      /^Dockerfile:2:1: RUN: here-documents \(<<\) need BuildKit[^\n]*$/,
    );
  });

  it('names the way out where only BuildKit is in the way, and what else to mend where more is', async () => {
    const hintOf = async (lines: string): Promise<string | undefined> => {
      const failure: unknown = await read({ Dockerfile: `FROM a\n${lines}\n` }).catch((it: unknown) => it);
      assert.ok(failure instanceof OsError);
      assert.equal(failure.code, 'project-invalid');
      return failure.hint;
    };
    const wayOut = 'build on this machine what needs BuildKit: --build-on local';
    assert.equal(await hintOf('RUN --mount=type=cache,target=/x true\nCOPY --link a b'), wayOut);
    assert.equal(await hintOf('COPY --link a b\nCOPYY a b'), `mend these 2 lines; ${wayOut}`);
    assert.equal(await hintOf('COPYY a b'), 'mend that line');
  });

  it('may need BuildKit for the services that are built on this machine, and for no other', async () => {
    const dockerfile = 'FROM a\nCOPY --link a b\n';
    const files = {
      'compose.yaml': 'services: {here: {build: here}, there: {build: there}}',
      'here/Dockerfile': dockerfile,
      'there/Dockerfile': dockerfile,
    };
    const onlyHere = { placeOf: (service: string) => (service === 'here' ? 'local' : 'device') } as const;
    assert.match(await refusal(read(files, onlyHere)), /^there\/Dockerfile:2:1: COPY: --link [^\n]*$/);
    const project = await read(files, { placeOf: () => 'local' });
    assert.equal(find(project, 'here').build?.place, 'local');
  });

  it('has a service of a profile where that service is named', async () => {
    assert.deepEqual((await open('profile-of-named-service')).disabledServices, ['debug']);
    const named = await open('profile-of-named-service', { services: ['debug'] });
    assert.deepEqual(
      named.services.map(({ name }) => name),
      ['web', 'debug'],
    );
  });

  it('says so where no service has a profile that is given', async () => {
    const compose = { 'compose.yaml': 'services: {web: {image: a}, dbg: {image: a, profiles: [debug]}}' };
    assert.match(
      warnings(await read(compose, { profiles: ['debg'] })).join(),
      /none has the profile "debg": did you mean "debug"\?/,
    );
    const alone = await read({ Dockerfile: 'FROM a' }, { profiles: ['debug'] });
    assert.match(warnings(alone).join(), /--profile debug has no effect/);
  });

  it('extends files of one base name in several directories', async () => {
    const { image, command } = find(await open('extends-same-basename'), 'web');
    assert.deepEqual([image, command], ['bb:latest', ['sleep', '1000']]);
  });

  it('may depend on a service that need not be there', async () => {
    const dependency = { condition: 'service_completed_successfully', restart: false, isRequired: false };
    const project = await open('optional-dependency');
    assert.deepEqual(find(project, 'a').dependsOn, [{ service: 'b', ...dependency }]);
    const files = {
      'compose.yaml':
        'services: {a: {image: x, depends_on: {b: {condition: service_started, required: false}}}, b: {image: x, profiles: [p]}}',
    };
    assert.deepEqual(
      (await read(files)).services.map(({ name }) => name),
      ['a'],
    );
  });

  it('knows the features that only a supervisor provides', async () => {
    const project = await open('supervisor-features');
    assert.deepEqual(
      project.services.map(({ features }) => features),
      [['supervisor-api', 'balena-api', 'host-os.board-rev', 'extra-firmware']],
    );
  });

  it('is refused where a secret would stand on a mount, and not below one', async () => {
    const secret = (more: string): Promise<Project> =>
      read({
        'compose.yaml': `services: {web: {image: a, secrets: [tok], ${more}}}\nsecrets: {tok: {file: t}}`,
        t: 'x',
      });
    assert.match(
      await refusal(secret('tmpfs: [/run/secrets/tok]')),
      /tok cannot be the file \/run\/secrets\/tok/,
    );
    await secret('tmpfs: [/run]');
    await open('readonly-secret');
  });
});

describe('the Dockerfile of a device', () => {
  const kind = { deviceType: 'generic-amd64', arch: 'amd64' };

  it('is chosen by what the device says, which is asked once', async () => {
    let asked = 0;
    const askDevice = (): Promise<typeof kind> => {
      asked += 1;
      return Promise.resolve(kind);
    };
    const project = await open('device-type-dockerfile', { askDevice });
    assert.match(project.services[0]?.build?.dockerfile.text ?? '', /DEVICE-TYPE/);
    const template = await open('machine-name-template', { askDevice });
    assert.equal(template.services[0]?.build?.dockerfile.text, 'FROM balenalib/generic-amd64-node:10\n');
    assert.equal(asked, 2);
    await open('heredoc-mistaken', { askDevice });
    assert.equal(asked, 2);
  });

  it('is never another one where the device does not say what it is', async () => {
    assert.match(
      await refusal(open('device-type-dockerfile')),
      /there is Dockerfile\.generic-amd64: whether it is meant depends on the device's type and architecture, which are not known/,
    );
    assert.match(
      await refusal(open('machine-name-template', { askDevice: () => Promise.resolve({ arch: 'amd64' }) })),
      /%%BALENA_MACHINE_NAME%% is the type of the device, which is not known/,
    );
  });

  it('is warned of exceptions of its ignore file that keep nothing on a device', async () => {
    const warned = async (ignore: string, options: Partial<ReadProjectOptions> = {}): Promise<string[]> => {
      const files = { Dockerfile: 'FROM a', 'packages/a/package.json': '{}', 'src/a.py': '' };
      return warnings(await read({ ...files, '.dockerignore': ignore }, options));
    };
    const vain = (line: number, pattern: string): string =>
      `.dockerignore:${line.toString()}:1: "!${pattern}" keeps nothing below directories that are ignored, unlike with BuildKit: name these directories, or except them too`;
    assert.deepEqual(await warned('*\n!packages/*/package.json\n!*.py'), [
      vain(2, 'packages/*/package.json'),
    ]);
    assert.deepEqual(await warned('**\n\n!**/*.py'), [vain(3, '**/*.py')]);
    assert.deepEqual(await warned('*\n!**/*.py', { placeOf: () => 'local' }), []);
    const kept = [
      '*\n!packages\n!packages/*/package.json',
      'node_modules\n!**/*.py',
      '*\n!src/**',
      '*\n!src/*.py',
    ];
    for (const ignore of kept) assert.deepEqual(await warned(ignore), [], ignore);
  });
});
