import assert from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { planSources } from '../../../../src/emulator/root/apt-archives.ts';
import { parseHierarchies } from '../../../../src/emulator/machine/cgroups.ts';
import { checkHost } from '../../../../src/emulator/machine/host-check.ts';
import { initDepth } from '../../../../src/emulator/machine/find-init.ts';
import { readIntactManifest, treeOf, writeManifest } from '../../../../src/emulator/root/rootfs-manifest.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

describe('a machine that runs emulated devices', () => {
  const able = { platform: 'linux', uid: 0, has: () => true } as const;

  it('is told exactly what it lacks', () => {
    checkHost(able);
    assert.throws(() => checkHost({ ...able, platform: 'darwin' }), /need Linux; this is darwin/);
    assert.throws(() => checkHost({ ...able, uid: 1000 }), /need root/);
    assert.throws(() => checkHost({ ...able, has: program => !['ip', 'mmdebstrap'].includes(program) }), {
      code: 'host-unsuitable',
      message: 'emulated devices need mmdebstrap, ip, missing on this machine',
      hint: 'on Debian or Ubuntu: apt-get install mmdebstrap iproute2',
    });
  });

  it('takes packages from its own distribution alone', () => {
    const targets = [
      'Debian|bookworm|bookworm|http://mirror/debian/|main',
      'Debian|bookworm|bookworm|http://mirror/debian/|main',
      'Debian|bookworm-security|bookworm-security|http://mirror/security/|main',
      'Debian|bookworm-backports|bookworm-backports|http://mirror/debian/|main',
      'Debian|trixie|trixie|http://mirror/debian/|main',
      'Docker|bookworm|bookworm|https://elsewhere/|stable',
      '||nodistro|https://elsewhere/node|main',
      '',
    ].join('\n');
    assert.deepEqual(
      planSources(targets, 'bookworm', () => false),
      ['deb http://mirror/debian/ bookworm main', 'deb http://mirror/security/ bookworm-security main'],
    );
    assert.match(
      planSources(targets, 'bookworm', () => true)[0] ?? '',
      /^deb \[signed-by=.*debian-archive-keyring.gpg\] http/,
    );
  });

  it('has control groups of version 1, 2 or both', () => {
    const hybrid = [
      'cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0',
      'cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0',
      'cgroup /var/lib/other/cpu cgroup rw,cpu 0 0',
      'proc /proc proc rw 0 0',
    ].join('\n');
    assert.deepEqual(parseHierarchies(hybrid), ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/unified']);
    assert.deepEqual(parseHierarchies('cgroup2 /sys/fs/cgroup cgroup2 rw 0 0'), ['/sys/fs/cgroup']);
  });

  it('knows the first process of a device from those of its containers', () => {
    assert.equal(initDepth('Name:\tsystemd\nNSpid:\t2042\t1\n'), 2);
    assert.equal(initDepth('NSpid:\t2050\t77\t1\n'), 3);
    assert.equal(initDepth('NSpid:\t1\n'), undefined);
    assert.equal(initDepth('NSpid:\t2050\t12\n'), undefined);
  });
});

describe('a cached root file system', () => {
  it('is whole while every entry is as it was when it was made', async () => {
    await using directory = await openTempDirectory();
    const root = treeOf(directory.path);
    await mkdir(path.join(root, 'etc'), { recursive: true });
    const file = path.join(root, 'etc', 'file');
    await writeFile(file, 'content');
    // A link out of the tree is an entry, not a way.
    await symlink('/proc/self/fd', path.join(root, 'fd'));
    assert.equal(await readIntactManifest(directory.path), undefined);
    const manifest = await writeManifest(directory.path);
    assert.deepEqual(manifest.entries, { etc: 'd', 'etc/file': 7, fd: 'l' });
    assert.deepEqual(await readIntactManifest(directory.path), manifest);

    await writeFile(file, 'cut');
    assert.equal(await readIntactManifest(directory.path), undefined);
    await writeFile(file, 'content');
    assert.deepEqual(await readIntactManifest(directory.path), manifest);
    await rm(file);
    assert.equal(await readIntactManifest(directory.path), undefined);
  });

  it('is not whole when its manifest is damaged', async () => {
    await using directory = await openTempDirectory();
    await mkdir(treeOf(directory.path));
    await writeManifest(directory.path);
    await writeFile(path.join(directory.path, 'manifest.json'), '{"entries":');
    assert.equal(await readIntactManifest(directory.path), undefined);
  });
});
