import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openHost } from '../../../../src/emulator/supervisor/host-actions.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

describe('the host name that a supervisor is given', () => {
  it('is written beside all other keys of config.json, and not where that cannot be read', async () => {
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'config.json');
    const engine = {
      ask: () => assert.fail('the engine is asked'),
      open: () => assert.fail('the engine is asked'),
    };
    const host = openHost(engine, file);
    await writeFile(file, '{"uuid":"a1","hostname":"old"}');
    await host.writeHostname('new');
    assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), { uuid: 'a1', hostname: 'new' });
    for (const text of ['{"uuid":"a1",}', '["a1"]', '']) {
      await writeFile(file, text);
      await assert.rejects(host.writeHostname('new'));
      assert.equal(await readFile(file, 'utf8'), text);
    }
  });
});
