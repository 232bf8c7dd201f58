import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readEmulatedNames } from '../../../../src/reach/find/emulated.ts';
import { stateDirectory } from '../../../../src/state/paths.ts';
import { processIdentity } from '../../../../src/state/process-identity.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

describe('the names of emulated devices', () => {
  const { XDG_STATE_HOME } = process.env;
  afterEach(() => {
    if (XDG_STATE_HOME === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = XDG_STATE_HOME;
  });

  const record = async (name: string, address: string, supervisor: unknown): Promise<void> => {
    const directory = path.join(stateDirectory(), 'emulator', name);
    await mkdir(directory, { recursive: true });
    const facts = { name, uuid: 'a'.repeat(32), address, config: {}, supervisor, variant: 'development' };
    await writeFile(
      path.join(directory, 'device.json'),
      JSON.stringify({ ...facts, subnet: '10.213.0.0/24', enginePort: 2377 }),
    );
  };

  it('are those of running ones, by address: another device may have the address of one that is down', async () => {
    await using directory = await openTempDirectory();
    process.env['XDG_STATE_HOME'] = directory.path;
    assert.deepEqual([...(await readEmulatedNames())], []);
    await record('kitchen', '10.213.0.2', processIdentity(process.pid));
    await record('hall', '10.213.0.3', null);
    assert.deepEqual([...(await readEmulatedNames())], [['10.213.0.2', 'kitchen']]);
  });

  it('are none where the directory of emulated devices cannot be read', async () => {
    await using directory = await openTempDirectory();
    process.env['XDG_STATE_HOME'] = directory.path;
    await mkdir(stateDirectory(), { recursive: true });
    await writeFile(path.join(stateDirectory(), 'emulator'), 'a file');
    assert.deepEqual([...(await readEmulatedNames())], []);
  });
});
