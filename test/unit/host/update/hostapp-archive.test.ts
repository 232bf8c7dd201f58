import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OsError } from '../../../../src/core/errors.ts';
import { encodeTarHeader, paddingOf } from '../../../../src/files/tar-header.ts';
import { checkUpdate } from '../../../../src/host/update/check-update.ts';
import { readHostappArchive, type HostappArchive } from '../../../../src/host/update/hostapp-archive.ts';
import type { UpdateStatus } from '../../../../src/host/update/update-status.ts';

function tar(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, text]) => {
    const content = Buffer.from(text);
    const common = { mode: 0o644, uid: 0, gid: 0, target: '' };
    return [
      encodeTarHeader({ type: 'file', name, sizeBytes: content.length, ...common }),
      content,
      paddingOf(content.length),
    ];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

const osRelease = 'ID="balena-os"\nVERSION="2.44.0+rev1"\nSLUG=raspberrypi3\n';
const layer = tar({ './usr/lib/os-release': osRelease, [`usr/share/${'long/'.repeat(40)}file`]: 'x' });
const manifest = JSON.stringify([{ Config: 'c.json', Layers: ['l1/layer.tar'] }]);
const parts = { 'manifest.json': manifest, 'c.json': '{"architecture":"arm"}', 'l1/layer.tar': layer };
const whole = tar(parts);

const read = (bytes: Buffer): Promise<HostappArchive> =>
  readHostappArchive({
    path: 'u.tar',
    sizeBytes: bytes.length,
    read: (offset, length) => {
      assert.ok(offset >= 0 && length >= 0 && offset + length <= bytes.length, 'read outside of the file');
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  });
const isRefused =
  (pattern: RegExp) =>
  (error: unknown): boolean =>
    error instanceof OsError && error.code === 'image-invalid' && pattern.test(error.message);

describe('an archive of the host OS', () => {
  it('says which version, device type and processor it is for', async () => {
    assert.deepEqual(await read(whole), {
      version: '2.44.0+rev1',
      deviceType: 'raspberrypi3',
      architecture: 'arm',
      sizeBytes: whole.length,
      layerBytes: layer.length,
    });
  });

  it('is told from an image of a drive, from what is compressed, and from other images of the engine', async () => {
    const drive = Buffer.alloc(4096);
    drive.writeUInt16LE(0xaa55, 510);
    await assert.rejects(read(drive), isRefused(/it is an image of a drive/));
    await assert.rejects(read(Buffer.concat([Buffer.from([0x1f, 0x8b]), whole])), isRefused(/compressed/));
    const plain = tar({ ...parts, 'l1/layer.tar': tar({ 'etc/passwd': 'root' }) });
    await assert.rejects(read(plain), isRefused(/no os-release of the container OS/));
    await assert.rejects(read(tar({ a: 'b' })), isRefused(/has no manifest\.json/));
    for (const odd of ['null', '5', '[null]', '[5]', '[[]]', '{}'])
      await assert.rejects(
        read(tar({ ...parts, 'manifest.json': odd })),
        isRefused(/its manifest names no image/),
      );
    for (const odd of ['null', '5', '[]', '{"architecture":5}'])
      assert.equal((await read(tar({ ...parts, 'c.json': odd }))).architecture, 'unknown');
  });

  it('that is cut off or damaged is refused, and never read outside of itself', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: whole.length - 1 }),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
        async (length, edits) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of edits) bytes.writeUInt8(value, at);
          for (const damaged of [bytes, bytes.subarray(0, length)])
            try {
              await read(damaged);
            } catch (error) {
              assert.ok(error instanceof OsError && error.code === 'image-invalid', String(error));
            }
        },
      ),
      { numRuns: Number(process.env['OS_FUZZ_RUNS'] ?? 300) },
    );
  });
});

describe('a device that is to be updated', () => {
  const archive: HostappArchive = {
    version: '2.44.0+rev1',
    deviceType: 'raspberrypi3',
    architecture: 'arm',
    sizeBytes: 300e6,
    layerBytes: 250e6,
  };
  const status: UpdateStatus = {
    version: '2.44.0',
    deviceType: 'raspberrypi3',
    architecture: 'arm',
    root: 'A',
    bootId: 'b',
    isOnTrial: false,
    rollback: null,
    reason: null,
    hasUpdater: true,
    free: { inactive: 600e6, data: 5e9, boot: 50e6, state: 15e6 },
  };
  const check = (
    device: Partial<UpdateStatus>,
    update: Partial<HostappArchive> = {},
    isDowngradeAllowed = false,
  ): void => {
    checkUpdate({ ...archive, ...update }, { ...status, ...device }, { isDowngradeAllowed, sentBytes: 0 });
  };
  const codeOf = (...request: Parameters<typeof check>): string => {
    try {
      check(...request);
      return 'accepted';
    } catch (error) {
      assert.ok(error instanceof OsError);
      return `${error.code}: ${error.message}`;
    }
  };

  it('takes what is newer and fits', () => {
    assert.equal(codeOf({}), 'accepted');
  });

  it('is asked for its kind before its version: another board is not "installed already"', () => {
    assert.match(
      codeOf({ deviceType: 'intel-nuc', version: '2.44.0+rev1' }),
      /^image-invalid: the update is for raspberrypi3/,
    );
    assert.match(codeOf({ architecture: 'amd64', version: '9.0.0' }), /^image-invalid: .* arm processors/);
  });

  it('takes no older version unless that is allowed, nor one that is no version', () => {
    assert.match(codeOf({ version: '2.45.0' }), /^usage: 2\.44\.0\+rev1 is not newer than 2\.45\.0/);
    assert.match(codeOf({ version: '2.44.0+rev1' }), /^usage: the device runs 2\.44\.0\+rev1 already/);
    assert.match(codeOf({ version: null }), /^usage: /);
    assert.equal(codeOf({ version: '2.45.0' }, {}, true), 'accepted');
  });

  it('is told on which partition room is missing, and how much', () => {
    const free = { ...status.free, inactive: 100e6 };
    assert.match(
      codeOf({ free }),
      /^no-space: no room on the inactive root: 250(\.0)? MB are needed, 100(\.0)? MB are free/,
    );
    assert.match(codeOf({ free: { ...status.free, data: 1e6 } }), /data partition/);
    assert.match(codeOf({ free: { ...status.free, boot: 1e6 } }), /boot partition/);
    assert.match(
      codeOf({ free: { ...status.free, state: 4096 } }),
      /^no-space: no room on the state partition/,
    );
    assert.equal(codeOf({ free: { inactive: null, data: null, boot: null, state: null } }), 'accepted');
  });

  it('takes none while another is on trial, or without hostapp-update', () => {
    assert.match(codeOf({ isOnTrial: true }), /^busy: /);
    assert.match(codeOf({ hasUpdater: false }), /^host-refused: /);
  });
});
