import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { deviceDirectory, deviceEnvironment, upTimeoutMs } from '../support/emulated-device.ts';
import { giveBack, takeDevice, type LentDevice } from '../support/lend-device.ts';
import { needsMachine } from '../support/machine.ts';

describe('a device that tests lend to each other', function () {
  this.timeout(upTimeoutMs);
  let home: string;
  let lent: LentDevice;
  const others: LentDevice[] = [];

  before(async function () {
    needsMachine(this);
    home = deviceEnvironment()['XDG_STATE_HOME'] ?? '';
    lent = await takeDevice(home);
  });

  after(async () => {
    for (const { device } of others) await device[Symbol.asyncDispose]();
    await lent.device[Symbol.asyncDispose]();
  });

  const ssh = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await lent.device.ssh(command);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const engineHas = (): Promise<string> =>
    ssh(
      'docker ps --all --quiet; docker volume ls --quiet; docker network ls --format {{.Name}}; docker images --all',
    );

  it('is handed on without what a test left: containers, volumes, networks, images and files', async () => {
    const [before, { name }] = [await engineHas(), lent.device];
    await ssh(
      [
        'docker network create left && docker volume create left',
        'docker run --detach --network left --volume left:/x busybox sleep 1000',
        'docker commit "$(docker ps --quiet)" left:edited && docker tag busybox left:tagged',
        'touch /tmp/left && mkdir /tmp/left.d',
      ].join(' && '),
    );
    assert.notEqual(await engineHas(), before);
    await giveBack(lent, home);
    lent = await takeDevice(home);
    assert.equal(lent.device.name, name);
    assert.equal(await engineHas(), before);
    assert.equal(await ssh('ls -d /tmp/left* 2>/dev/null || true'), '');
  });

  it('is had by one of those that take one at once', async () => {
    const { name } = lent.device;
    await giveBack(lent, home);
    const taken = await Promise.all([takeDevice(home), takeDevice(home)]);
    others.push(...taken.filter(({ device }) => device.name !== name));
    assert.equal(others.length, 1);
    lent = taken.find(({ device }) => device.name === name) ?? lent;
  });

  it('is removed where something is mounted over its OS, and the next one gets another', async () => {
    const { name } = lent.device;
    await ssh('mount --bind /bin/true /etc/hostname');
    await giveBack(lent, home);
    assert.equal(existsSync(deviceDirectory(name, home)), false);
    lent = await takeDevice(home);
    assert.notEqual(lent.device.name, name);
  });
});
