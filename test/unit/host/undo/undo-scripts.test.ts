import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { armScript } from '../../../../src/host/undo/undo-scripts.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

describe('the script that arms an undo', () => {
  it('leaves nothing on a device that cannot store it, which may be full', async () => {
    await using temp = await openTempDirectory();
    const state = path.join(temp.path, 'state');
    await mkdir(state);
    const script = armScript({ id: 'abc', afterS: 30, files: [], commands: [] })
      .replaceAll('/mnt/state', state)
      .replaceAll('/etc/NetworkManager', path.join(temp.path, 'none'));
    // A full disk takes a part of what is written.
    const { status } = spawnSync('sh', ['-c', script], { input: '#!/bin/sh\n' });
    assert.equal(status, 1);
    assert.deepEqual(await readdir(temp.path, { recursive: true }), ['state']);
  });
});
