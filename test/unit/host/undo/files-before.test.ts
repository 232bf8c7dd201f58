import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { readFilesBefore, restoreFiles } from '../../../../src/host/undo/files-before.ts';
import { memoryHostFiles } from '../../../support/memory-host-files.ts';

const { signal } = new AbortController();
const options = { mode: 0o600, signal };

describe('the files of a change', () => {
  const before = { '/boot/changed': 'old', '/boot/full/gone': 'kept', '/boot/bystander': 'mine' };
  const paths = ['/boot/changed', '/boot/full/gone', '/boot/new'];

  it('are as they were once they are put back, and no other file is touched', async () => {
    const files = memoryHostFiles(before);
    const recorded = await readFilesBefore(files, paths, options);
    await files.writeAtomically('/boot/changed', Buffer.from('other'), options);
    await files.remove('/boot/full/gone', { signal });
    await files.writeAtomically('/boot/new', Buffer.from('new'), options);
    await files.writeAtomically('/boot/bystander-2', Buffer.from('of another'), options);
    assert.equal(await restoreFiles(files, recorded, signal), true);
    assert.deepEqual(files.texts(), { ...before, '/boot/bystander-2': 'of another' });
  });

  it('are put back as far as the device takes them, which is told', async () => {
    const files = memoryHostFiles(before);
    const recorded = await readFilesBefore(files, paths, options);
    await files.remove('/boot/full/gone', { signal });
    await files.writeAtomically('/boot/new', Buffer.from('new'), options);
    files.refuseWritesBelow('/boot/full', new OsError('no-space', 'full'));
    assert.equal(await restoreFiles(files, recorded, signal), false);
    assert.deepEqual(files.texts(), { '/boot/changed': 'old', '/boot/bystander': 'mine' });
  });
});
