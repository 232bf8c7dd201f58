import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { eventsOf, lastOf, usePushing } from '../support/pushing.ts';
import { openSmallDisk } from '../support/small-disk.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

describe('a project that moves to the supervisor of a device', function () {
  this.timeout(240_000);
  const { device, os, start, push, pushed, containers } = usePushing({ supervisor: 'unmanaged' });
  let project: Awaited<ReturnType<typeof openTempDirectory>>;
  const awaitSupervisor = (): Promise<void> =>
    eventually(async () => assert.ok((await fetch(`http://${device().address}:48484/v2/version`)).ok));
  const volumes = async (): Promise<string[]> => {
    const { Volumes } = (await device().engine('/volumes')) as { Volumes: { Name: string }[] | null };
    return (Volumes ?? []).map(({ Name }) => Name);
  };
  const placeOf = async (volume: string): Promise<string> =>
    ((await device().engine(`/volumes/${volume}`)) as { Mountpoint: string }).Mountpoint;
  before(async () => {
    project = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml': `name: shop
services:
  db: {build: ., init: true}
  web: {build: ., init: true, volumes: ["data:/data"]}
volumes: {data: {}}
`,
      Dockerfile: 'FROM busybox\nCMD ["sleep", "1000"]\n',
    });
    await awaitSupervisor();
  });
  after(async () => {
    await project[Symbol.asyncDispose]();
  });

  it('takes its data along, or stays as it was where the supervisor ends while that is copied', async () => {
    await pushed(project.path);
    // Large, as the supervisor is to end before it is copied.
    await device().ssh(`head -c 200000000 /dev/urandom > ${await placeOf('shop_data')}/large`);
    const size = async (volume: string): Promise<string> =>
      (await device().ssh(`cksum < ${await placeOf(volume)}/large`)).stdout;
    const ids = (await containers('shop')).map(({ Id }) => Id);
    const moving = [
      'push',
      device().address,
      '--source',
      project.path,
      '--runner',
      'supervisor',
      '--take-over',
    ];
    const failing = start(...moving, '--detach', '--json');
    await failing.saying(/"state":"copying"/);
    await device().ssh('systemctl stop resin-supervisor');
    const ended = await failing.ended;
    assert.equal(ended.code, 3, ended.stdout);
    assert.ok(eventsOf(ended).some(it => it.type === 'volume-copy' && it.state === 'copied'));
    const now = await containers('shop');
    assert.deepEqual([now.map(({ Id }) => Id), now.map(({ State }) => State)], [ids, ['running', 'running']]);
    assert.deepEqual(await volumes(), ['shop_data']);
    await device().ssh('systemctl start resin-supervisor');
    await awaitSupervisor();
    await pushed(project.path, '--runner', 'supervisor', '--take-over');
    const copy = (await volumes()).find(name => name !== 'shop_data') ?? assert.fail('nothing is copied');
    assert.equal(await size(copy), await size('shop_data'));
  });

  it('is moved by the same command again where that was killed after the data was copied', async () => {
    assert.equal((await os('down', device().address, '--volumes', '--source', project.path)).code, 0);
    await pushed(project.path);
    await device().ssh(`head -c 20000000 /dev/urandom > ${await placeOf('shop_data')}/large`);
    const moving = ['--source', project.path, '--runner', 'supervisor', '--take-over', '--detach', '--json'];
    const killed = start('push', device().address, ...moving);
    await killed.saying(/"state":"copying"/);
    // The move asks it before it ends anything.
    await device().ssh('systemctl kill -s STOP resin-supervisor');
    await eventually(async () => assert.ok((await volumes()).some(name => name.startsWith('os-copied-'))));
    killed.kill('SIGKILL');
    await killed.ended;
    await device().ssh('systemctl kill -s CONT resin-supervisor');
    await device().ssh(`echo more > ${await placeOf('shop_data')}/more`);
    await pushed(project.path, '--runner', 'supervisor', '--take-over');
    const [copy = '', ...others] = (await volumes()).filter(name => name !== 'shop_data');
    assert.deepEqual(others, []);
    const sums = async (volume: string): Promise<string> =>
      (await device().ssh(`cd ${await placeOf(volume)} && cksum large more`)).stdout;
    assert.equal(await sums(copy), await sums('shop_data'));
  });

  it('does not start on empty volumes after `os down` where its data is with the supervisor, and takes it along', async () => {
    const [copy = ''] = (await volumes()).filter(name => name !== 'shop_data');
    const sums = async (volume: string): Promise<string> =>
      (await device().ssh(`cd ${await placeOf(volume)} && cksum large more`)).stdout;
    const before = await sums(copy);
    const down = ['down', device().address, '--source', project.path];
    assert.equal((await os(...down)).code, 0);
    await device().ssh('balena-engine volume rm shop_data');
    const refused = await push(project.path);
    assert.equal(refused.code, 2, refused.stdout);
    assert.deepEqual(await volumes(), [copy]);
    await pushed(project.path, '--take-over');
    assert.equal(await sums('shop_data'), before);
    assert.deepEqual((await volumes()).sort(), [copy, 'shop_data'].sort());
    assert.equal((await os(...down)).code, 0);
    const again = await pushed(project.path);
    const warnings = again.flatMap(it => (it.type === 'warning' ? [it.message] : []));
    const told = `shop is to run under the engine with the data in shop_data; that of the supervisor stays in ${copy} and is not used`;
    assert.ok(
      warnings.some(it => it.startsWith(told)),
      warnings.join('\n'),
    );
  });

  it('ends with 9 before anything is stopped where there is no room for the copies', async () => {
    assert.equal((await os('down', device().address, '--volumes', '--source', project.path)).code, 0);
    await using disk = await openSmallDisk(device(), 80);
    await device().ssh('systemctl start resin-supervisor');
    await awaitSupervisor();
    await pushed(project.path);
    const before = await containers('shop');
    await device().ssh('head -c 20000000 /dev/zero > /var/lib/docker/volumes/shop_data/_data/large');
    await disk.leaveFree(10);
    const ended = await push(project.path, '--runner', 'supervisor', '--take-over');
    assert.equal(ended.code, 9, ended.stdout);
    const last = lastOf(ended);
    assert.ok(last.type === 'error');
    assert.match(last.error.message, /has 10\.\d MB free/);
    assert.deepEqual(
      (await containers('shop')).map(({ Id, State }) => [Id, State]),
      before.map(({ Id }) => [Id, 'running']),
    );
  });
});
