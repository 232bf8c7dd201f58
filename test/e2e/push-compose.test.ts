import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { usePushing } from '../support/pushing.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

/** A service of the image that each device has, which ends at once when it is told to. */
const service = (name: string, lines: string): string =>
  `  ${name}:\n    image: busybox\n    init: true\n${lines.replaceAll(/^(?=.)/gm, '    ')}\n`;

describe('a service of a compose file', function () {
  this.timeout(90_000);
  const { device, os, start, push, pushed, containers } = usePushing();

  const said = async (container: string): Promise<string> =>
    (await device().ssh(`docker logs ${container} 2>&1`)).stdout;

  it('reaches a linked service by its name and by the alias of the link', async () => {
    await using project = await openTempDirectory();
    const db = service('db', 'command: sleep 1000');
    const web = service(
      'web',
      `command: sh -c "ping -c1 db && ping -c1 database; sleep 1000"\nlinks: ['db:database']`,
    );
    await makeTree(project.path, { 'compose.yaml': `name: linked\nservices:\n${db}${web}` });
    await pushed(project.path);
    await eventually(async () => {
      const printed = await said('linked-web-1');
      assert.match(printed, /PING db .*\n.*64 bytes from/);
      assert.match(printed, /PING database .*\n.*64 bytes from/);
    });
  });

  it('has the volumes of the services that volumes_from names, read-only where it says so', async () => {
    await using project = await openTempDirectory();
    const store = service(
      'store',
      `command: sh -c "echo kept > /data/f; sleep 1000"\nvolumes: ['dat:/data']`,
    );
    const user = service('user', 'command: sleep 1000\nvolumes_from: [store]');
    const reader = service('reader', 'command: sleep 1000\nvolumes_from: ["store:ro"]');
    await makeTree(project.path, {
      'compose.yaml': `name: shared\nservices:\n${store}${user}${reader}volumes: {dat: }\n`,
    });
    await pushed(project.path);
    const inside = (name: string, command: string) =>
      device().ssh(`docker exec shared-${name}-1 sh -c '${command}'`);
    await eventually(async () => {
      assert.equal((await inside('user', 'cat /data/f')).stdout, 'kept\n');
    });
    assert.equal((await inside('reader', 'cat /data/f')).stdout, 'kept\n');
    assert.match((await inside('reader', 'touch /data/g')).stderr, /Read-only file system/);
    assert.equal((await inside('user', 'touch /data/g')).code, 0);
  });

  const tok = 'secrets: {tok: {file: token.txt}}\n';
  for (const [what, lines, message] of [
    [
      'below a tmpfs',
      'tmpfs: [/run]',
      'services.app: /run/secrets/tok lies below the tmpfs /run, which hides it',
    ],
    [
      'on a read-only root',
      'read_only: true',
      'services.app: /run/secrets/tok cannot be written, as the service is read_only',
    ],
  ] as const)
    it(`is refused with a secret ${what} before anything is made`, async () => {
      await using project = await openTempDirectory();
      const other = service('other', 'command: sleep 1000');
      const app = service('app', `command: cat /run/secrets/tok\nsecrets: [tok]\n${lines}`);
      await makeTree(project.path, {
        'compose.yaml': `name: hidden\nservices:\n${other}${app}${tok}`,
        'token.txt': 'tok\n',
      });
      const ended = await push(project.path);
      assert.equal(ended.code, 7, ended.stdout + ended.stderr);
      assert.ok(ended.stdout.includes(message), ended.stdout);
      assert.deepEqual(await containers('hidden'), []);
      const all = JSON.stringify([await device().engine('/networks'), await device().engine('/volumes')]);
      assert.ok(!all.includes('hidden'), all);
    });

  it('sees a secret and a config in a volume, on a read-only root and below a tmpfs', async () => {
    await using project = await openTempDirectory();
    const app = service(
      'app',
      `command: sh -c "cat /run/secrets/tok /etc/app/conf; sleep 1000"
read_only: true
tmpfs: [/run]
volumes: ['secrets:/run/secrets', 'conf:/etc/app']
secrets: [tok]
configs: [{source: conf, target: /etc/app/conf}]`,
    );
    await makeTree(project.path, {
      'compose.yaml': `name: seen\nservices:\n${app}volumes: {secrets: , conf: }\nconfigs: {conf: {content: "a setting\\n"}}\n${tok}`,
      'token.txt': 'tok\n',
    });
    await pushed(project.path);
    await eventually(async () => {
      assert.equal(await said('seen-app-1'), 'tok\na setting\n');
    });
  });

  it('is one of twelve whose live session and logs print no warning of Node', async () => {
    await using project = await openTempDirectory();
    const services = Array.from({ length: 12 }, (_, i) => service(`s${i.toString()}`, 'command: sleep 1000'));
    await makeTree(project.path, { 'compose.yaml': `name: twelve\nservices:\n${services.join('')}` });
    await pushed(project.path);
    const live = start('live', device().address, '--source', project.path);
    await live.saying(/Ctrl-C/);
    live.kill('SIGINT');
    const { code, stderr } = await live.ended;
    assert.equal(code, 130, stderr);
    assert.doesNotMatch(stderr, /Warning|\(node:/);
    assert.equal((await os('down', device().address, '--source', project.path)).code, 0);
  });
});
