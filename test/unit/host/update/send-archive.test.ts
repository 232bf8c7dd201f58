import assert from 'node:assert/strict';
import { createHash, randomFillSync } from 'node:crypto';
import { access, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { HostCommands } from '../../../../src/host/host-commands.ts';
import { UpdateHold } from '../../../../src/host/update/hold-update.ts';
import { findSent, isSent, sendArchive, sentPath } from '../../../../src/host/update/send-archive.ts';
import { localCommands } from '../../../support/local-commands.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

const { signal } = new AbortController();
const MiB = 1024 * 1024;
const archive = randomFillSync(Buffer.alloc(5 * MiB + 3));
const digest = createHash('sha256').update(archive).digest('hex');

/** A host whose root is `directory`; each update runs in it without a hold. */
function hostIn(directory: string) {
  const local = localCommands(['sh']);
  const there = path.join(directory, sentPath(digest));
  const within = (command: string): string => command.replaceAll('/mnt/data/', `${directory}/mnt/data/`);
  const commands: HostCommands = { run: (command, options) => local.run(within(command), options) };
  const hold = new UpdateHold(digest, 'anna');
  hold.run = (of, command, options) => of.run(command, options);
  const send = (sentBytes: number): Promise<number[]> => {
    const reports: number[] = [];
    const read = (at: number, count: number): Promise<Buffer> =>
      Promise.resolve(archive.subarray(at, at + count));
    const report = (bytes: number): void => void reports.push(bytes);
    return sendArchive(
      commands,
      { sizeBytes: archive.length, read },
      { hold, sentBytes },
      { report, signal },
    ).then(() => reports);
  };
  return { there, commands, send };
}

describe('the archive of an update', () => {
  it('is sent in pieces, in place of those of updates that were given up', async () => {
    await using directory = await openTempDirectory();
    const { there, commands, send } = hostIn(directory.path);
    await mkdir(path.dirname(there), { recursive: true });
    await writeFile(path.join(path.dirname(there), 'given-up.tar'), 'old');
    await writeFile(path.join(path.dirname(there), 'notes'), 'kept');
    assert.deepEqual(await send(0), [2 * MiB, 4 * MiB, archive.length]);
    assert.ok(archive.equals(await readFile(there)));
    assert.deepEqual((await readdir(path.dirname(there))).sort(), [path.basename(there), 'notes'].sort());
    assert.equal(await isSent(commands, digest, signal), true);
    await access(there);
  });

  it('goes on after the last whole piece that the device has, and is sent anew where it has too much', async () => {
    await using directory = await openTempDirectory();
    const { there, commands, send } = hostIn(directory.path);
    const sent = (): Promise<number> => findSent(commands, digest, archive.length, signal);
    assert.equal(await sent(), 0);
    await send(0);
    assert.equal(await sent(), archive.length);
    await truncate(there, 3 * MiB);
    assert.equal(await sent(), 2 * MiB);
    assert.deepEqual(await send(2 * MiB), [4 * MiB, archive.length]);
    assert.ok(archive.equals(await readFile(there)));
    await truncate(there, archive.length + 1);
    assert.equal(await sent(), 0);
  });

  it('that is not on the device as it was sent is removed there', async () => {
    await using directory = await openTempDirectory();
    const { there, commands, send } = hostIn(directory.path);
    await send(0);
    const content = await readFile(there);
    content[17] = (archive[17] ?? 0) ^ 1;
    await writeFile(there, content);
    assert.equal(await isSent(commands, digest, signal), false);
    await assert.rejects(access(there), { code: 'ENOENT' });
  });

  it('that the device does not take is a failure, told by its own words', async () => {
    await using directory = await openTempDirectory();
    const { there, send } = hostIn(directory.path);
    await mkdir(there, { recursive: true });
    await assert.rejects(send(0), {
      code: 'host-refused',
      message: /^the device does not take the update: dd: .*directory/i,
    });
  });
});
