import assert from 'node:assert/strict';
import { forgetEmulated } from '../../../src/reach/forget-emulated.ts';
import { knownHostsFile } from '../../../src/reach/host/known-host-keys.ts';
import { knownDevices } from '../../../src/reach/memory.ts';
import { addKnownHost, findKnownHosts, knownHostsName } from '../../../src/ssh/connect/known-hosts.ts';
import { readFileIfPresent, writeFileAtomic } from '../../../src/state/atomic-file.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const type = 'ssh-ed25519';
const key = Buffer.concat([Buffer.from([0, 0, 0, type.length]), Buffer.from(type), Buffer.alloc(36)]);
const emulated = { uuid: 'a'.repeat(32), address: '10.213.0.2', config: { hostname: 'shop' } };
const met = { addresses: [emulated.address], identity: null, lastSeen: '2026-01-01T00:00:00.000Z' };

describe('an emulated device that is deleted', () => {
  const { XDG_STATE_HOME } = process.env;
  afterEach(() => {
    if (XDG_STATE_HOME === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = XDG_STATE_HOME;
  });

  it('is forgotten with its host keys, and another device that once had its address is not', async () => {
    await using directory = await openTempDirectory();
    process.env['XDG_STATE_HOME'] = directory.path;
    await knownDevices().remember({ ...met, uuid: emulated.uuid, host: 'shop.local' });
    await knownDevices().remember({ ...met, uuid: 'b'.repeat(32), host: 'kitchen.local' });
    const nameless = { identity: null, lastSeen: met.lastSeen, uuid: null };
    await knownDevices().remember({ ...nameless, host: 'former.local', addresses: [emulated.address] });
    await knownDevices().remember({ ...nameless, host: 'hall.local', addresses: ['10.0.0.7'] });
    const names = ['shop.local', emulated.address, 'former.local', 'kitchen.local', 'hall.local'].map(host =>
      knownHostsName(host, 22222),
    );
    const text = names.reduce((before, name) => addKnownHost(before, name, key), '');
    await writeFileAtomic(knownHostsFile(), text);
    await forgetEmulated(emulated);
    assert.deepEqual((await knownDevices().list()).map(({ host }) => host).sort(), [
      'hall.local',
      'kitchen.local',
    ]);
    const left = (await readFileIfPresent(knownHostsFile())) ?? '';
    assert.deepEqual(
      names.map(name => findKnownHosts(left, name).length),
      [0, 0, 0, 1, 1],
    );
  });
});
