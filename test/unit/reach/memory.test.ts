import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rememberDevices } from '../../../src/reach/memory.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

describe('a device that is met', () => {
  const { XDG_STATE_HOME } = process.env;
  afterEach(() => {
    if (XDG_STATE_HOME === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = XDG_STATE_HOME;
  });

  it('is not remembered where nothing can be written, which is told and no failure', async () => {
    await using directory = await openTempDirectory();
    const device = { host: 'shop.local', addresses: ['10.0.0.5'], identity: null };
    const notes: string[] = [];
    const note = (text: string): void => void notes.push(text);
    process.env['XDG_STATE_HOME'] = directory.path;
    assert.equal(await rememberDevices([device], note), true);
    assert.deepEqual(notes, []);
    await writeFile(path.join(directory.path, 'file'), '');
    process.env['XDG_STATE_HOME'] = path.join(directory.path, 'file');
    assert.equal(await rememberDevices([device], note), false);
    assert.match(
      notes.join('\n'),
      /^devices are not remembered: cannot write .*: a part of the path is no directory$/,
    );
  });
});
