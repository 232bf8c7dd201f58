import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeRecord, type DeviceRecord } from '../../../../src/emulator/device/device-record.ts';
import {
  findReservation,
  isClaimedByOther,
  readReservations,
  reserveNetwork,
} from '../../../../src/emulator/network/reservations.ts';
import { parseSubnet } from '../../../../src/emulator/network/subnet.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';
import { processIdentity } from '../../../../src/state/process-identity.ts';
import { formatIPv4Network } from '../../../../src/net/ipv4.ts';

const subnet = parseSubnet('10.213.0.0/24');
const record: DeviceRecord = {
  name: 'shop',
  uuid: '63ec46c0ffee4bad8badc0de12345678',
  variant: 'development',
  deviceType: 'raspberrypi3',
  enginePort: 2377,
  subnet: formatIPv4Network(subnet),
  address: '10.213.0.2',
  config: {},
  supervisor: null,
  createdAt: '2026-01-01T00:00:00.000Z',
};

describe('a network that is held for the devices of a state directory', () => {
  /** As a process writes it that has ended since. */
  async function reserveByEnded(directory: string, stateDirectory: string): Promise<void> {
    await reserveNetwork(directory, stateDirectory, subnet);
    const [name = ''] = await readdir(directory);
    const ended = { pid: 4_194_304, boot: 'another', startTicks: '1' };
    const reservation = { subnet: formatIPv4Network(subnet), stateDirectory, claimant: ended };
    await writeFile(path.join(directory, name), JSON.stringify(reservation));
  }

  it('is taken for everybody else while a device is about to be made on it, and free for its own', async () => {
    await using temp = await openTempDirectory();
    await reserveNetwork(temp.path, '/home/one', subnet);
    const held = await readReservations(temp.path, '/home/two');
    assert.equal(findReservation(held, parseSubnet('10.213.0.16/28')), '/home/one');
    assert.equal(findReservation(held, parseSubnet('10.213.1.0/24')), undefined);
    assert.deepEqual(await readReservations(temp.path, '/home/one'), []);
  });

  it('stays taken while a device that is down has an address in it, and is free once that is deleted', async () => {
    await using temp = await openTempDirectory();
    const [directory, one] = [path.join(temp.path, 'networks'), path.join(temp.path, 'one')];
    await writeRecord({ stateDirectory: one, cacheDirectory: '', resourceDirectory: '' }, record);
    await reserveByEnded(directory, one);
    assert.equal(findReservation(await readReservations(directory, '/home/two'), subnet), one);

    const empty = path.join(temp.path, 'empty');
    const other = path.join(temp.path, 'other-networks');
    await reserveByEnded(other, empty);
    assert.deepEqual(await readReservations(other, '/home/two'), []);
    assert.deepEqual(await readdir(other), [], 'what nobody holds is removed');
  });

  it('keeps its bridge while another process is about to make a device on it', async () => {
    await using temp = await openTempDirectory();
    const text = formatIPv4Network(subnet);
    const isClaimed = (): Promise<boolean> => isClaimedByOther(temp.path, '/home/one', text);
    assert.equal(await isClaimed(), false);
    await reserveNetwork(temp.path, '/home/one', subnet);
    assert.equal(await isClaimed(), false, 'its own claim');
    const [name = ''] = await readdir(temp.path);
    const claimant = processIdentity(process.ppid);
    const reservation = { subnet: text, stateDirectory: '/home/one', claimant };
    await writeFile(path.join(temp.path, name), JSON.stringify(reservation));
    assert.equal(await isClaimed(), true);
    await reserveByEnded(temp.path, '/home/one');
    assert.equal(await isClaimed(), false);
  });

  it('is not held by a file that is no reservation', async () => {
    await using temp = await openTempDirectory();
    await mkdir(temp.path, { recursive: true });
    for (const [i, text] of ['', 'null', '{"subnet":"x","stateDirectory":"/"}', '[]'].entries())
      await writeFile(path.join(temp.path, i.toString()), text);
    assert.deepEqual(await readReservations(temp.path, '/home/two'), []);
    assert.deepEqual(await readReservations(path.join(temp.path, 'absent'), '/home/two'), []);
  });
});
